import { Text } from "@mantine/core";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { LinesChart } from "@/charts/lines-chart";
import { day } from "@/format/dates";
import { count, decimal, percent, unknown } from "@/format/numbers";
import { useWord } from "@/i18n/words";
import { columnsOf, DataTable } from "@/ui/data-table";
import { Section } from "@/ui/section";
import styles from "./backtests.module.css";
import { aheadBy, ofOneList, shareText } from "./numbers";
import type { Backtest } from "./queries";

type LeadShare = Backtest["lead_shares"][number];
type Lead = Backtest["leads"][number]["leads"][number];

/** How long before public lists named a technology a list of ours, or of another rule, had it. */
export function Leads({ backtest }: { backtest: Backtest }) {
  const { t } = useTranslation();
  const columns = useShareColumns();
  const excluded = backtest.replayed.excluded;
  const lines = backtest.leads.flatMap(({ rule, leads }) => {
    const points = aheadBy(ofOneList(leads));
    return points.length > 0 ? [{ name: rule, marked: rule === backtest.ours, points }] : [];
  });
  return (
    <Section title={t("backtest.leads.title")} lead={t("backtest.leads.lead")}>
      <Text size="sm" mb="sm" maw="75ch">
        {excluded.length > 0
          ? t("backtest.leads.excluded", { collections: excluded.join(", ") })
          : t("backtest.leads.noneExcluded")}
      </Text>
      <DataTable
        caption={t("backtest.leads.shares")}
        columns={columns}
        rows={backtest.lead_shares}
        rowId={({ rule, kind, listed }) => `${rule} ${kind} ${listed}`}
      />
      {lines.length > 0 ? (
        <div className={styles.gap}>
          <p className={styles.chartTitle}>{t("backtest.leads.chart")}</p>
          <LinesChart
            label={t("backtest.leads.chart")}
            lines={lines}
            x={{ title: t("backtest.leads.x"), text: count }}
            y={{ title: t("backtest.leads.y"), text: (value) => percent(value, 0) }}
          />
        </div>
      ) : null}
      {backtest.leads
        .filter(({ rule }) => rule === backtest.ours)
        .map(({ rule, leads }) => (
          <SingleLeads key={rule} leads={leads} />
        ))}
    </Section>
  );
}

/** For walking back from a share to its parts. */
function SingleLeads({ leads }: { leads: Lead[] }) {
  const { t } = useTranslation();
  const columns = useLeadColumns();
  const rows = leads.toSorted((a, b) => (b.days ?? -Infinity) - (a.days ?? -Infinity));
  return (
    <details className={styles.gap}>
      <summary>{t("backtest.leads.single", { n: count(leads.length) })}</summary>
      <DataTable
        caption={t("backtest.leads.singles")}
        columns={columns}
        rows={rows}
        rowId={({ reference, listed }) => `${reference.kind} ${reference.name} ${listed}`}
      />
    </details>
  );
}

function useShareColumns() {
  const { t } = useTranslation();
  const word = useWord();
  return useMemo(() => {
    const column = columnsOf<LeadShare>();
    const right = { meta: { align: "right" as const } };
    return column.columns([
      column.accessor("rule", { header: t("backtest.column.rule") }),
      column.accessor("kind", {
        header: t("backtest.column.reference"),
        cell: ({ row }) => word("reference_kind", row.original.kind),
      }),
      column.accessor("listed", {
        header: t("backtest.column.list"),
        cell: ({ row }) => word("listed", row.original.listed),
      }),
      column.accessor("before", {
        header: t("backtest.column.before"),
        ...right,
        cell: ({ row: { original } }) =>
          t("backtest.null.of", { some: count(original.before), all: count(original.n) }),
      }),
      column.accessor("share", {
        header: t("backtest.column.share"),
        ...right,
        cell: ({ row }) => shareText(row.original.share),
      }),
      column.accessor("median_days", {
        header: t("backtest.column.medianLead"),
        ...right,
        cell: ({ row: { original } }) =>
          original.median_days === null ? unknown() : decimal(original.median_days, 0),
      }),
      column.accessor("later", {
        header: t("backtest.column.later"),
        ...right,
        cell: ({ row }) => count(row.original.later),
      }),
    ]);
  }, [t, word]);
}

function useLeadColumns() {
  const { t } = useTranslation();
  const word = useWord();
  return useMemo(() => {
    const column = columnsOf<Lead>();
    return column.columns([
      column.accessor("reference", {
        header: t("backtest.column.technology"),
        cell: ({ row }) => row.original.reference.name,
      }),
      column.display({
        id: "kind",
        header: t("backtest.column.reference"),
        cell: ({ row }) => word("reference_kind", row.original.reference.kind),
      }),
      column.accessor("listed", {
        header: t("backtest.column.list"),
        cell: ({ row }) => word("listed", row.original.listed),
      }),
      column.display({
        id: "day",
        header: t("backtest.column.itsDay"),
        cell: ({ row }) => day(row.original.reference.day),
      }),
      column.accessor("first", {
        header: t("backtest.column.firstListed"),
        cell: ({ row: { original } }) =>
          original.first === null ? t("backtest.leads.never") : day(original.first),
      }),
      column.accessor("days", {
        header: t("backtest.column.daysBefore"),
        meta: { align: "right" },
        cell: ({ row: { original } }) => (original.days === null ? "" : count(original.days)),
      }),
    ]);
  }, [t, word]);
}
