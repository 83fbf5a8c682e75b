import { Code, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { Shape } from "@/api/shapes";
import { day } from "@/format/dates";
import { useWord } from "@/i18n/words";
import { columnsOf, DataTable } from "@/ui/data-table";
import { ExternalLink } from "@/ui/external-link";
import { Pager } from "@/ui/pager";
import { Question } from "@/ui/question";
import { Section } from "@/ui/section";
import styles from "./evidence.module.css";
import { evidenceQuery, type Judged } from "./queries";

type Document = Shape<"DocumentOut">;
type EvidenceProps = { judged: Judged; cursor: string | undefined };

/** The documents that a topic stands on, page by page. */
export function Evidence({ judged, cursor }: EvidenceProps) {
  const { t } = useTranslation();
  const query = useQuery(evidenceQuery(judged.slug, judged.snapshot_id, cursor));
  const isSignal = judged.place === "signal";
  return (
    <Section
      title={t("signal.evidence.title")}
      lead={isSignal ? t("signal.evidence.signal") : t("signal.evidence.best")}
    >
      <Question label={t("signal.evidence.documents")} query={query} height={isSignal ? 420 : 180}>
        {(page) =>
          page.total === 0 ? (
            <Text>{t("signal.evidence.none")}</Text>
          ) : (
            <>
              <Documents rows={page.items} />
              <Pager page={page} cursor={cursor} keepPlace />
            </>
          )
        }
      </Question>
    </Section>
  );
}

function Documents({ rows }: { rows: Document[] }) {
  const { t } = useTranslation();
  const word = useWord();
  const columns = useMemo(() => {
    const column = columnsOf<Document>();
    return column.columns([
      column.accessor("title", {
        header: t("signal.evidence.document"),
        cell: ({ row: { original } }) => (
          <div className={styles.title}>
            <ExternalLink href={original.url}>{original.title || original.native_id}</ExternalLink>
          </div>
        ),
      }),
      column.accessor("family", {
        header: t("signal.evidence.family"),
        cell: ({ row }) => (
          <span className={styles.short}>{word("family", row.original.family)}</span>
        ),
      }),
      column.accessor("kind", {
        header: t("signal.evidence.kind"),
        cell: ({ row }) => <span className={styles.short}>{word("kind", row.original.kind)}</span>,
      }),
      column.accessor("published_on", {
        header: t("signal.evidence.date"),
        cell: ({ row }) => <span className={styles.short}>{day(row.original.published_on)}</span>,
      }),
      column.accessor("native_id", {
        header: t("signal.evidence.id"),
        cell: ({ row }) => <Code className={styles.id}>{row.original.native_id}</Code>,
      }),
    ]);
  }, [t, word]);
  return (
    <DataTable
      caption={t("signal.evidence.table")}
      columns={columns}
      rows={rows}
      rowId={(row) => row.native_id}
    />
  );
}
