import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { count, percent, unknown } from "@/format/numbers";
import { columnsOf, DataTable } from "@/ui/data-table";
import { Section } from "@/ui/section";
import styles from "./backtests.module.css";
import { type RuleLine, ruleLines, shareText } from "./numbers";
import type { Backtest } from "./queries";

/** Every rule in a line: how soon, how early, how relevant, how steady. */
export function AtAGlance({ backtest }: { backtest: Backtest }) {
  const { t } = useTranslation();
  const columns = useColumns();
  return (
    <Section title={t("backtest.glance.title")} lead={t("backtest.glance.lead")}>
      <DataTable
        caption={t("backtest.glance.table")}
        columns={columns}
        rows={ruleLines(backtest)}
        rowId={({ rule }) => rule}
      />
      <details className={styles.gap}>
        <summary>{t("backtest.rules.title")}</summary>
        <Rules />
      </details>
    </Section>
  );
}

function Rules() {
  const { t } = useTranslation();
  const rules = [
    ["nophantom", t("backtest.rules.ours")],
    ["nophantom, confirmed", t("backtest.rules.confirmed")],
    ["ratio", t("backtest.rules.ratio")],
    ["ewma", t("backtest.rules.ewma")],
    ["poisson", t("backtest.rules.poisson")],
    ["kleinberg", t("backtest.rules.kleinberg")],
    [t("backtest.rules.newName"), t("backtest.rules.new")],
  ];
  return (
    <dl className={styles.rules}>
      {rules.map(([name, means]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{means}</dd>
        </div>
      ))}
    </dl>
  );
}

function useColumns() {
  const { t } = useTranslation();
  return useMemo(() => {
    const column = columnsOf<RuleLine>();
    const right = { meta: { align: "right" as const } };
    return column.columns([
      column.accessor("rule", { header: t("backtest.column.rule") }),
      column.accessor("delay", {
        header: t("backtest.column.delay"),
        ...right,
        cell: ({ row: { original } }) =>
          original.delay === null
            ? unknown()
            : t("backtest.days", { count: original.delay, shown: count(original.delay) }),
      }),
      column.accessor("recall", {
        header: t("backtest.column.recall"),
        ...right,
        cell: ({ row }) => percent(row.original.recall, 0),
      }),
      column.accessor("lead", {
        header: t("backtest.column.lead"),
        ...right,
        cell: ({ row }) => shareText(row.original.lead),
      }),
      column.accessor("relevant", {
        header: t("backtest.column.relevant"),
        ...right,
        cell: ({ row }) => shareText(row.original.relevant),
      }),
      column.accessor("churn", {
        header: t("backtest.column.churn"),
        ...right,
        cell: ({ row }) => percent(row.original.churn),
      }),
    ]);
  }, [t]);
}
