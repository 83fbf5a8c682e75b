import { useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { PATHS } from "@/app/paths";
import { RunsList } from "@/features/runs/runs-list";
import { PageTitle } from "@/ui/page-title";

/** The runs of the ledger. */
export function RunsPage() {
  const { t } = useTranslation();
  const { first, second, ...filters } = useSearch({ from: PATHS.runs });
  return (
    <>
      <PageTitle title={t("runs.title")} lead={t("runs.lead")} />
      <RunsList filters={filters} choice={{ first, second }} />
    </>
  );
}
