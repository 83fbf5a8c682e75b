import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { Shape } from "@/api/shapes";
import { day } from "@/format/dates";
import { amount, count, times } from "@/format/numbers";
import { useWord } from "@/i18n/words";
import { columnsOf, DataTable } from "@/ui/data-table";
import { Section } from "@/ui/section";
import styles from "./columns.module.css";

type Change = Shape<"ChangeOut">;

/** How standing and phase changed since a topic was confirmed, each with the numbers of its day. */
export function Changes({ changes }: { changes: Change[] }) {
  const { t } = useTranslation();
  const columns = useChangeColumns();
  if (changes.length === 0) return null;
  return (
    <Section title={t("signal.changes.title")} lead={t("signal.changes.lead")}>
      <DataTable
        caption={t("signal.changes.table")}
        columns={columns}
        rows={changes}
        rowId={({ day: at, kind, phase }) => `${at} ${kind} ${phase}`}
      />
    </Section>
  );
}

function useChangeColumns() {
  const { t } = useTranslation();
  const word = useWord();
  return useMemo(() => {
    const column = columnsOf<Change>();
    const interval = (low: number | null, high: number | null) =>
      low === null || high === null
        ? t("format.unknown")
        : t("signal.changes.interval", { low: amount(low), high: times(high) });
    return column.columns([
      column.accessor("day", {
        header: t("signal.changes.day"),
        cell: ({ row }) => <span className={styles.day}>{day(row.original.day)}</span>,
      }),
      column.accessor("kind", {
        header: t("signal.changes.kind"),
        cell: ({ row }) => word("change_kind", row.original.kind),
      }),
      column.accessor("phase", {
        header: t("signal.changes.phase"),
        cell: ({ row }) => word("phase", row.original.phase),
      }),
      column.accessor("onset_age", {
        header: t("signal.changes.age"),
        meta: { align: "right" },
        cell: ({ row: { original } }) =>
          t("signal.phase.age", { count: original.onset_age, shown: count(original.onset_age) }),
      }),
      column.accessor("growth_low", {
        header: t("signal.changes.growth"),
        meta: { align: "right" },
        cell: ({ row: { original } }) => interval(original.growth_low, original.growth_high),
      }),
      column.accessor("since_onset", {
        header: t("signal.changes.since"),
        meta: { align: "right" },
        cell: ({ row: { original } }) => <SinceOnset of={original.since_onset} show={interval} />,
      }),
    ]);
  }, [t, word]);
}

type SinceOnsetProps = {
  of: Change["since_onset"];
  show: (low: number | null, high: number | null) => string;
};

function SinceOnset({ of, show }: SinceOnsetProps) {
  const { t } = useTranslation();
  const [point, low, high] = of ?? [];
  if (point === undefined || low === undefined || high === undefined) return t("format.unknown");
  return (
    <>
      {times(point)}
      <span className={styles.note}>{show(low, high)}</span>
    </>
  );
}
