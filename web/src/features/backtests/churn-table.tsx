import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { amount, count, percent } from "@/format/numbers";
import { columnsOf, DataTable } from "@/ui/data-table";
import { Section } from "@/ui/section";
import type { Backtest } from "./queries";

type Churn = Backtest["churn"][number];

/** How steady the lists are: what has left them a day and a week later. */
export function ChurnTable({ backtest }: { backtest: Backtest }) {
  const { t } = useTranslation();
  const columns = useColumns(backtest.churn[0]?.lags.map(({ lag }) => lag) ?? []);
  return (
    <Section title={t("backtest.churn.title")} lead={t("backtest.churn.lead")}>
      <DataTable
        caption={t("backtest.churn.table")}
        columns={columns}
        rows={backtest.churn}
        rowId={({ rule }) => rule}
      />
    </Section>
  );
}

function useColumns(lags: number[]) {
  const { t } = useTranslation();
  return useMemo(() => {
    const column = columnsOf<Churn>();
    const right = { meta: { align: "right" as const } };
    return column.columns([
      column.accessor("rule", { header: t("backtest.column.rule") }),
      column.accessor("n_days", {
        header: t("backtest.column.days"),
        ...right,
        cell: ({ row }) => count(row.original.n_days),
      }),
      column.accessor("empty", {
        header: t("backtest.column.empty"),
        ...right,
        cell: ({ row }) => count(row.original.empty),
      }),
      column.accessor("median_length", {
        header: t("backtest.column.length"),
        ...right,
        cell: ({ row }) => amount(row.original.median_length),
      }),
      column.accessor("topics", {
        header: t("backtest.column.distinct"),
        ...right,
        cell: ({ row }) => count(row.original.topics),
      }),
      column.accessor("median_stay", {
        header: t("backtest.column.stay"),
        ...right,
        cell: ({ row }) => amount(row.original.median_stay),
      }),
      ...lags.map((lag, place) =>
        column.display({
          id: `after ${lag}`,
          header: t("backtest.column.left", { count: lag, shown: count(lag) }),
          ...right,
          cell: ({ row }) => percent(row.original.lags[place]?.share),
        }),
      ),
    ]);
  }, [lags, t]);
}
