import { useQuery } from "@tanstack/react-query";
import { useParams, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { PATHS } from "@/app/paths";
import { studyQuery } from "@/features/studies/queries";
import { StudyView } from "@/features/studies/study-view";
import { PageTitle } from "@/ui/page-title";
import { Question } from "@/ui/question";

/** One study: what it set out to do, how far it is, and what its outcomes answer. */
export function StudyPage() {
  const { t } = useTranslation();
  const { reference } = useParams({ from: PATHS.study });
  const view = useSearch({ from: PATHS.study });
  const query = useQuery(studyQuery(reference));
  const study = query.data;
  return (
    <>
      <PageTitle
        title={study ? t("study.title", { name: study.name }) : reference}
        lead={study ? t("study.lead", { reference: study.reference }) : "\u00a0"}
      />
      <Question label={t("study.waiting")} query={query} height={900}>
        {(answered) => <StudyView study={answered} view={view} />}
      </Question>
    </>
  );
}
