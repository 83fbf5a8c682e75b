import { useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { PATHS } from "@/app/paths";
import { BacktestsList } from "@/features/backtests/backtests-list";
import { PageTitle } from "@/ui/page-title";

/** What detection would have said on past days. */
export function BacktestsPage() {
  const { t } = useTranslation();
  const { cursor } = useSearch({ from: PATHS.backtests });
  return (
    <>
      <PageTitle title={t("backtests.title")} lead={t("backtests.lead")} />
      <BacktestsList cursor={cursor} />
    </>
  );
}
