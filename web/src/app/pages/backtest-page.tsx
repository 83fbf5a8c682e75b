import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { PATHS } from "@/app/paths";
import { BacktestView } from "@/features/backtests/backtest-view";
import { backtestQuery } from "@/features/backtests/queries";
import { fullDay } from "@/format/dates";
import { PageTitle } from "@/ui/page-title";
import { Question } from "@/ui/question";

/** One back-test: what was asked, what came out, what it does not show. */
export function BacktestPage() {
  const { t } = useTranslation();
  const { number } = useParams({ from: PATHS.backtest });
  // What is no number is no back-test either: the server says so.
  const query = useQuery(backtestQuery(/^\d{1,15}$/.test(number) ? Number(number) : 0));
  const replayed = query.data?.replayed;
  return (
    <>
      <PageTitle
        title={t("backtest.title", { number })}
        lead={
          replayed
            ? t("backtest.lead", { first: fullDay(replayed.first), last: fullDay(replayed.last) })
            : "\u00a0"
        }
      />
      <Question label={t("backtest.waiting")} query={query} height={900}>
        {(backtest) => <BacktestView backtest={backtest} />}
      </Question>
    </>
  );
}
