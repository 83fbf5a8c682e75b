import { Check, Minus, X } from "lucide-react";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useWord } from "@/i18n/words";
import { columnsOf, DataTable } from "@/ui/data-table";
import { Section } from "@/ui/section";
import { type Gate, told } from "./gates";
import styles from "./gates-table.module.css";
import type { Judged } from "./queries";

const ICONS = { met: Check, unknown: Check, missed: X, off: Minus } as const;

/** What the gates looked at. */
export function Gates({ judged }: { judged: Judged }) {
  const { t } = useTranslation();
  const columns = useGateColumns();
  return (
    <Section title={t("signal.gates.title")} lead={t("signal.gates.lead")}>
      <DataTable
        caption={t("signal.gates.table")}
        columns={columns}
        rows={judged.gates}
        rowId={(gate) => gate.fact}
      />
    </Section>
  );
}

function useGateColumns() {
  const { t } = useTranslation();
  const word = useWord();
  return useMemo(() => {
    const column = columnsOf<Gate>();
    return column.columns([
      column.accessor("fact", {
        header: t("signal.gates.gate"),
        cell: ({ row }) => word("fact", row.original.fact),
      }),
      column.accessor("found", {
        header: t("signal.gates.found"),
        meta: { align: "right" },
        cell: ({ row }) => told(row.original).found,
      }),
      column.accessor("limit", {
        header: t("signal.gates.asked"),
        cell: ({ row: { original } }) =>
          t("signal.gates.bound", {
            bound: word("bound", original.bound),
            limit: told(original).limit,
          }),
      }),
      column.accessor("outcome", {
        header: t("signal.gates.result"),
        cell: ({ row }) => <Outcome outcome={row.original.outcome} />,
      }),
    ]);
  }, [t, word]);
}

function Outcome({ outcome }: { outcome: Gate["outcome"] }) {
  const word = useWord();
  const Icon = ICONS[outcome];
  return (
    <span className={styles.result} data-result={outcome === "unknown" ? "met" : outcome}>
      <Icon size={14} aria-hidden /> {word("gate_outcome", outcome)}
    </span>
  );
}
