import { useTranslation } from "react-i18next";
import { StudiesList } from "@/features/studies/studies-list";
import { PageTitle } from "@/ui/page-title";

/** The studies of the ledger, each with its whole report. */
export function StudiesPage() {
  const { t } = useTranslation();
  return (
    <>
      <PageTitle title={t("studies.title")} lead={t("studies.lead")} />
      <StudiesList />
    </>
  );
}
