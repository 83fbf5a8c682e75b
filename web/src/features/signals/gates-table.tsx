import { Check, Minus, X } from "lucide-react";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { count, percent, times } from "@/format/numbers";
import { columnsOf, DataTable } from "@/ui/data-table";
import { type Gate, gatesOf } from "./gates";
import styles from "./gates-table.module.css";
import type { Judged, Topic } from "./queries";
import { Section } from "./section";

const UNITS = { count, share: (v: number) => percent(v, 0), factor: times } as const;
const ICONS = { met: Check, unknown: Check, missed: X, off: Minus } as const;

type GatesProps = { judged: Judged; snapshot: Topic["snapshot"] };

/** What the gates looked at. */
export function Gates({ judged, snapshot }: GatesProps) {
  const { t } = useTranslation();
  const { technology_only } = snapshot.parameters;
  const gates = useMemo(() => gatesOf(judged.facts, technology_only), [judged, technology_only]);
  const columns = useGateColumns();
  return (
    <Section title={t("signal.gates.title")} lead={t("signal.gates.lead")}>
      <DataTable
        caption={t("signal.gates.table")}
        columns={columns}
        rows={gates}
        rowId={(gate) => gate.name}
      />
    </Section>
  );
}

function useGateColumns() {
  const { t } = useTranslation();
  return useMemo(() => {
    const column = columnsOf<Gate>();
    return column.columns([
      column.accessor("name", {
        header: t("signal.gates.gate"),
        cell: ({ row }) => t(`signal.gates.name.${row.original.name}`),
      }),
      column.accessor("found", {
        header: t("signal.gates.found"),
        meta: { align: "right" },
        cell: ({ row: { original } }) =>
          original.result === "unknown"
            ? t("signal.gates.noSeason")
            : UNITS[original.unit](original.found),
      }),
      column.accessor("limit", {
        header: t("signal.gates.asked"),
        cell: ({ row: { original } }) =>
          t(`signal.gates.${original.rule}`, { value: UNITS[original.unit](original.limit) }),
      }),
      column.accessor("result", {
        header: t("signal.gates.result"),
        cell: ({ row }) => <Result result={row.original.result} />,
      }),
    ]);
  }, [t]);
}

function Result({ result }: { result: Gate["result"] }) {
  const { t } = useTranslation();
  const Icon = ICONS[result];
  const word = result === "unknown" ? "met" : result;
  return (
    <span className={styles.result} data-result={word}>
      <Icon size={14} aria-hidden /> {t(`signal.gates.${word}`)}
    </span>
  );
}
