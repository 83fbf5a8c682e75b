import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { runQuery } from "@/api/run-query";
import { PATHS } from "@/app/paths";
import { RunDetails } from "@/features/runs/run-details";
import { PageTitle } from "@/ui/page-title";

/** One run: what it is, and how it was judged. */
export function RunPage() {
  const { t } = useTranslation();
  const { reference } = useParams({ from: PATHS.run });
  const { data: run } = useQuery(runQuery(reference));
  return (
    <>
      <PageTitle
        title={t("run.title", { reference: run?.reference ?? reference })}
        lead={run?.name ?? t("run.lead")}
      />
      <RunDetails reference={reference} />
    </>
  );
}
