import { Anchor } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { count } from "@/format/numbers";
import i18n from "@/i18n";
import { columnsOf, DataTable } from "@/ui/data-table";
import { RowLink } from "@/ui/link";
import { Question } from "@/ui/question";
import { reportAddress, type Study, studiesQuery } from "./queries";

/** Every study: what it set out to compare, whether its test is still sealed, and its report. */
export function StudiesList() {
  const { t } = useTranslation();
  const query = useQuery(studiesQuery());
  return (
    <Question
      label={t("studies.waiting")}
      query={query}
      height={260}
      isEmpty={(page) => page.items.length === 0}
      empty={{
        title: t("studies.empty"),
        advice: t("studies.emptyAdvice"),
        command: "nophantom logs import DIR --pattern '{study}/{arm}/seed{seed}'",
      }}
    >
      {(page) => <StudiesTable rows={page.items} />}
    </Question>
  );
}

function StudiesTable({ rows }: { rows: Study[] }) {
  const { t } = useTranslation();
  const columns = useMemo(() => {
    const column = columnsOf<Study>();
    return column.columns([
      column.accessor("name", {
        header: t("studies.columns.name"),
        cell: ({ row: { original } }) => (
          <RowLink to="/studies/$reference" params={{ reference: original.reference }}>
            {`${original.reference} ${original.name}`}
          </RowLink>
        ),
      }),
      column.accessor("origin", {
        header: t("studies.columns.origin"),
        cell: ({ row }) => i18n.t(`words.origin.${row.original.origin}`),
      }),
      column.accessor("arms", {
        header: t("studies.columns.arms"),
        cell: ({ row }) => row.original.arms.join(", "),
      }),
      column.accessor("runs", {
        header: t("studies.columns.runs"),
        meta: { align: "right" },
        cell: ({ row }) => count(row.original.runs),
      }),
      column.display({
        id: "progress",
        header: t("studies.columns.progress"),
        meta: { align: "right" },
        cell: ({ row: { original } }) => <ProgressOf study={original} />,
      }),
      column.display({
        id: "test",
        header: t("studies.columns.test"),
        cell: ({ row }) => <TestOf study={row.original} />,
      }),
      column.display({
        id: "report",
        header: t("studies.columns.report"),
        cell: ({ row }) => (
          <Anchor inherit href={reportAddress(row.original)}>
            {t("studies.report", { name: row.original.name })}
          </Anchor>
        ),
      }),
    ]);
  }, [t]);
  return (
    <DataTable
      caption={t("studies.title")}
      columns={columns}
      rows={rows}
      rowId={(row) => row.reference}
    />
  );
}

/** Evaluations in the ledger of those planned; what came whole needs no word. */
function ProgressOf({ study: { progress } }: { study: Study }) {
  const { t } = useTranslation();
  if (progress === null) return null;
  return t("studies.progress", { done: count(progress.done), planned: count(progress.planned) });
}

/** Sealed, or how it was used: the server's own sentence. */
function TestOf({ study }: { study: Study }) {
  const { t } = useTranslation();
  if (study.sealed) return t("studies.sealed", { split: study.sealed_split });
  return study.provenance ?? t("studies.open");
}
