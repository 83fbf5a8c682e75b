import { Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { count, percent } from "@/format/numbers";
import { evaluationName, remarks, rightOf } from "@/format/remarks";
import i18n from "@/i18n";
import { Breakable } from "@/ui/breakable";
import { columnsOf } from "@/ui/data-table";
import { RowLink } from "@/ui/link";
import { ChooseBox, ChooseHeader } from "./choosing";
import type { Evaluation } from "./queries";
import styles from "./runs.module.css";

const column = columnsOf<Evaluation>();

export const problemSet = column.accessor("problem_set", {
  header: () => i18n.t("runs.columns.problemSet"),
  enableSorting: false,
});

export const accuracy = column.accessor("accuracy", {
  header: () => i18n.t("runs.columns.accuracy"),
  cell: ({ getValue }) => percent(getValue<number | null>(), 2),
  meta: { align: "right" },
});

export const grader = column.accessor("grader", {
  header: () => i18n.t("runs.columns.grader"),
  cell: ({ row }) => <GraderCell evaluation={row.original} />,
  enableSorting: false,
});

/** What was counted, and what has to be known about it. */
export const counts = [
  column.display({
    id: "right",
    header: () => i18n.t("runs.columns.right"),
    cell: ({ row }) => rightOf(row.original.right, row.original.scored),
    meta: { align: "right" },
  }),
  column.accessor("problems", {
    header: () => i18n.t("runs.columns.problems"),
    cell: ({ getValue }) => count(getValue<number>()),
    enableSorting: false,
    meta: { align: "right" },
  }),
  column.display({
    id: "remarks",
    header: () => i18n.t("runs.columns.remarks"),
    cell: ({ row }) => <Remarks evaluation={row.original} />,
  }),
];

const who = [
  column.display({
    id: "choose",
    header: () => <ChooseHeader />,
    cell: ({ row: { original } }) => (
      <ChooseBox reference={original.reference} name={original.run} />
    ),
  }),
  column.accessor("reference", {
    id: "id",
    header: () => i18n.t("runs.columns.reference"),
  }),
  column.accessor("run", {
    header: () => i18n.t("runs.columns.name"),
    cell: ({ row: { original } }) => (
      <span className={styles.name}>
        <RowLink to="/runs/$reference" params={{ reference: original.reference }}>
          <Breakable name={evaluationName(original)} />
        </RowLink>
      </span>
    ),
  }),
];

export const SPEAKING = column.columns([...who, problemSet, accuracy, ...counts]);
export const EVERY_GRADING = column.columns([...who, problemSet, grader, accuracy, ...counts]);

function GraderCell({ evaluation }: { evaluation: Evaluation }) {
  const { t } = useTranslation();
  const { grader: name, grader_version: version, rank } = evaluation;
  return (
    <span className={styles.grader}>
      {t("runs.grader", { name, version })}
      {rank === 0 ? (
        <Text span size="xs" c="dimmed" display="block">
          {t("runs.speaks")}
        </Text>
      ) : null}
    </span>
  );
}

function Remarks({ evaluation }: { evaluation: Evaluation }) {
  return <span className={styles.remarks}>{remarks(evaluation).join("; ")}</span>;
}
