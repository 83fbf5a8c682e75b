import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { moment } from "@/format/dates";
import { useWord } from "@/i18n/words";
import { columnsOf, DataTable } from "@/ui/data-table";
import { PageLink } from "@/ui/link";
import styles from "./documents.module.css";
import type { Why } from "./queries";

type Sent = Why["sent"][number];

/** Every item that became the document or was known as it, the earliest first. */
export function SentBy({ rows }: { rows: Sent[] }) {
  const { t } = useTranslation();
  const word = useWord();
  const columns = useMemo(() => {
    const column = columnsOf<Sent>();
    return column.columns([
      column.accessor("source", {
        header: t("document.sent.source"),
        cell: ({ row: { original } }) => (
          <PageLink
            underline="always"
            to="/sources/$number"
            params={{ number: String(original.source_id) }}
          >
            {original.source_title ?? original.source}
          </PageLink>
        ),
      }),
      column.accessor("at", {
        header: t("document.sent.at"),
        cell: ({ row }) => <span className={styles.short}>{moment(row.original.at)}</span>,
      }),
      column.accessor("outcome", {
        header: t("document.sent.outcome"),
        cell: ({ row }) => word("item_outcome", row.original.outcome),
      }),
    ]);
  }, [t, word]);
  return (
    <DataTable
      caption={t("document.sent.table")}
      columns={columns}
      rows={rows}
      rowId={(row) => `${row.fetch_id}/${row.position}`}
    />
  );
}
