import { useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { PATHS } from "@/app/paths";
import { DecisionsList } from "@/features/decisions/decisions-list";
import { PageTitle } from "@/ui/page-title";

/** What people decided about topics. */
export function DecisionsPage() {
  const { t } = useTranslation();
  const search = useSearch({ from: PATHS.decisions });
  return (
    <>
      <PageTitle title={t("decisions.title")} lead={t("decisions.lead")} />
      <DecisionsList search={search} />
    </>
  );
}
