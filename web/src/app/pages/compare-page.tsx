import { useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { PATHS } from "@/app/paths";
import { ComparisonView } from "@/features/comparisons/comparison-view";
import { PageTitle } from "@/ui/page-title";

/** Two runs against each other. */
export function ComparePage() {
  const { t } = useTranslation();
  const search = useSearch({ from: PATHS.compare });
  return (
    <>
      <PageTitle title={t("compare.title")} lead={t("compare.lead")} />
      <ComparisonView {...search} />
    </>
  );
}
