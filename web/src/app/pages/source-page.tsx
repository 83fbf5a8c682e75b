import { useQuery } from "@tanstack/react-query";
import { useParams, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { PATHS } from "@/app/paths";
import { ConditionBadge } from "@/features/sources/condition-badge";
import { sourceQuery } from "@/features/sources/queries";
import { SourceView } from "@/features/sources/source-view";
import { PageTitle } from "@/ui/page-title";
import { Question } from "@/ui/question";

/** One source and its health. */
export function SourcePage() {
  const { t } = useTranslation();
  const { number } = useParams({ from: PATHS.source });
  const { cursor } = useSearch({ from: PATHS.source });
  // What is no number is no source either: the server says so.
  const query = useQuery(sourceQuery(/^\d{1,15}$/.test(number) ? Number(number) : 0));
  const source = query.data;
  return (
    <>
      <PageTitle
        title={source?.name ?? t("source.title", { number })}
        lead={source ? source.address : "\u00a0"}
        aside={source ? <ConditionBadge source={source} /> : undefined}
      />
      <Question label={t("source.waiting")} query={query} height={900}>
        {(answered) => <SourceView source={answered} cursor={cursor} />}
      </Question>
    </>
  );
}
