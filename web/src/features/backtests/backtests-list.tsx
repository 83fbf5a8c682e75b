import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { day, moment } from "@/format/dates";
import { columnsOf, DataTable } from "@/ui/data-table";
import { RowLink } from "@/ui/link";
import { Pager } from "@/ui/pager";
import { Question } from "@/ui/question";
import styles from "./backtests.module.css";
import { backtestsQuery, type Listed } from "./queries";

/** Every back-test that was finished, with what came out in a few sentences. */
export function BacktestsList({ cursor }: { cursor: string | undefined }) {
  const { t } = useTranslation();
  const query = useQuery(backtestsQuery(cursor));
  const columns = useColumns();
  return (
    <Question
      label={t("backtests.title")}
      query={query}
      height={320}
      isEmpty={(page) => page.total === 0}
      empty={{
        title: t("backtests.none"),
        advice: t("backtests.noneAdvice"),
        command: "nophantom trends backtest --quick",
      }}
    >
      {(page) => (
        <>
          <DataTable
            caption={t("backtests.list")}
            columns={columns}
            rows={page.items}
            rowId={({ number }) => String(number)}
          />
          <Pager page={page} cursor={cursor} />
        </>
      )}
    </Question>
  );
}

function useColumns() {
  const { t } = useTranslation();
  return useMemo(() => {
    const column = columnsOf<Listed>();
    return column.columns([
      column.accessor("number", {
        header: t("backtests.column.number"),
        cell: ({ row: { original } }) => (
          <span className={styles.days}>
            <RowLink to="/backtests/$number" params={{ number: String(original.number) }}>
              {t("backtest.title", { number: original.number })}
            </RowLink>
          </span>
        ),
      }),
      column.accessor("replayed", {
        header: t("backtests.column.days"),
        cell: ({ row: { original } }) => (
          <span className={styles.days}>
            {t("backtests.days", {
              first: day(original.replayed.first),
              last: day(original.replayed.last),
            })}
            {original.replayed.simulated ? (
              <span className={styles.note}>{t("simulated.title")}</span>
            ) : null}
          </span>
        ),
      }),
      column.accessor("headline", { header: t("backtests.column.headline") }),
      column.accessor("at", {
        header: t("backtests.column.at"),
        cell: ({ row }) => moment(row.original.at),
      }),
    ]);
  }, [t]);
}
