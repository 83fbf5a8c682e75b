import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { ScorePlot, type ScoreRow } from "@/charts/score-plot";
import { count } from "@/format/numbers";
import { useWord } from "@/i18n/words";
import { columnsOf, DataTable } from "@/ui/data-table";
import { Section } from "@/ui/section";
import { shareText } from "./numbers";
import type { Backtest } from "./queries";

type Relevance = Backtest["relevance"][number];

/** Which share of what is listed is a technology, a product or a method, as people labelled it. */
export function RelevanceView({ backtest }: { backtest: Backtest }) {
  const { t } = useTranslation();
  const columns = useColumns();
  const rows = backtest.relevance.flatMap(({ rule, precision }): ScoreRow[] =>
    precision === null ? [] : [{ label: rule, ...precision, marked: rule === backtest.ours }],
  );
  return (
    <Section title={t("backtest.relevance.title")} lead={t("backtest.relevance.lead")}>
      {rows.length > 0 ? (
        <ScorePlot
          label={t("backtest.relevance.title")}
          rows={rows}
          axis={t("backtest.relevance.axis")}
        />
      ) : null}
      <DataTable
        caption={t("backtest.relevance.table")}
        columns={columns}
        rows={backtest.relevance}
        rowId={({ rule }) => rule}
      />
    </Section>
  );
}

function useColumns() {
  const { t } = useTranslation();
  const word = useWord();
  return useMemo(() => {
    const column = columnsOf<Relevance>();
    const right = { meta: { align: "right" as const } };
    return column.columns([
      column.accessor("rule", { header: t("backtest.column.rule") }),
      column.accessor("n_days", {
        header: t("backtest.column.daysDrawn"),
        ...right,
        cell: ({ row }) => count(row.original.n_days),
      }),
      column.accessor("listed", {
        header: t("backtest.column.listed"),
        ...right,
        cell: ({ row }) => count(row.original.listed),
      }),
      column.accessor("labelled", {
        header: t("backtest.column.unlabelled"),
        ...right,
        cell: ({ row: { original } }) => count(original.listed - original.labelled),
      }),
      column.accessor("topics", {
        header: t("backtest.column.topics"),
        ...right,
        cell: ({ row }) => count(row.original.topics),
      }),
      column.accessor("topics_precision", {
        header: t("backtest.column.topicsRelevant"),
        ...right,
        cell: ({ row }) => shareText(row.original.topics_precision),
      }),
      column.accessor("by_label", {
        header: t("backtest.column.labels"),
        cell: ({ row }) =>
          row.original.by_label
            .filter(([, n]) => n > 0)
            .map(([label, n]) =>
              t("signals.count", { word: word("label", label), shown: count(n) }),
            )
            .join(", "),
      }),
    ]);
  }, [t, word]);
}
