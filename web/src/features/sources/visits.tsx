import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { moment } from "@/format/dates";
import { count } from "@/format/numbers";
import { useWord } from "@/i18n/words";
import { columnsOf, DataTable } from "@/ui/data-table";
import { Pager } from "@/ui/pager";
import { Question } from "@/ui/question";
import { Section } from "@/ui/section";
import { type Visit, visitsQuery } from "./queries";
import styles from "./sources.module.css";

type VisitsProps = { number: number; cursor: string | undefined };

/** The visits to a source, each with its books: items = new + known + dropped. */
export function Visits({ number, cursor }: VisitsProps) {
  const { t } = useTranslation();
  const query = useQuery(visitsQuery(number, cursor));
  return (
    <Section title={t("source.visits.title")} lead={t("source.visits.lead")}>
      <Question
        label={t("source.visits.label")}
        query={query}
        height={420}
        isEmpty={(page) => page.total === 0}
        empty={{
          title: t("source.visits.none"),
          advice: t("source.visits.noneAdvice"),
          command: "nophantom trends collect",
        }}
      >
        {(page) => (
          <>
            <VisitsTable rows={page.items} />
            <Pager page={page} cursor={cursor} keepPlace />
          </>
        )}
      </Question>
    </Section>
  );
}

function VisitsTable({ rows }: { rows: Visit[] }) {
  const { t } = useTranslation();
  const word = useWord();
  const columns = useMemo(() => {
    const column = columnsOf<Visit>();
    const number = (key: "items" | "documents" | "duplicates" | "drops" | "requests") =>
      column.accessor((row) => row[key], {
        id: key,
        header: t(`source.visits.${key}`),
        meta: { align: "right" as const },
        cell: ({ row }) => count(row.original[key]),
      });
    return column.columns([
      column.accessor("started_at", {
        header: t("source.visits.began"),
        cell: ({ row: { original } }) => (
          <time dateTime={original.started_at} className={styles.when}>
            {moment(original.started_at)}
          </time>
        ),
      }),
      column.accessor("outcome", {
        header: t("source.visits.outcome"),
        cell: ({ row: { original } }) => (
          <div className={styles.told}>
            {word("fetch_outcome", original.outcome)}
            {original.trouble ? <>: {word("trouble", original.trouble)}</> : null}
            {original.told ? <span className={styles.note}>{original.told}</span> : null}
          </div>
        ),
      }),
      number("items"),
      number("documents"),
      number("duplicates"),
      number("drops"),
      number("requests"),
    ]);
  }, [t, word]);
  return (
    <DataTable
      caption={t("source.visits.table")}
      columns={columns}
      rows={rows}
      rowId={(row) => String(row.id)}
    />
  );
}
