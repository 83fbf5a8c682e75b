import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { day } from "@/format/dates";
import { useWord } from "@/i18n/words";
import { columnsOf, DataTable } from "@/ui/data-table";
import { RowLink } from "@/ui/link";
import styles from "./documents.module.css";
import type { Document } from "./queries";

type DocumentsTableProps = { caption: string; rows: Document[] };

/** Documents, each leading to its own page. */
export function DocumentsTable({ caption, rows }: DocumentsTableProps) {
  const { t } = useTranslation();
  const word = useWord();
  const columns = useMemo(() => {
    const column = columnsOf<Document>();
    const short = (text: string) => <span className={styles.short}>{text}</span>;
    return column.columns([
      column.accessor("title", {
        header: t("documents.column.title"),
        cell: ({ row: { original } }) => (
          <span className={styles.title}>
            <RowLink to="/documents/$id" params={{ id: original.native_id }}>
              {original.title}
            </RowLink>
            <span className={styles.note}>
              {[original.site, original.author].filter(Boolean).join(" · ")}
            </span>
          </span>
        ),
      }),
      column.accessor("first_seen", {
        header: t("documents.column.seen"),
        cell: ({ row }) => short(day(row.original.first_seen)),
      }),
      column.accessor("family", {
        header: t("documents.column.family"),
        cell: ({ row }) => short(word("family", row.original.family)),
      }),
      column.accessor("kind", {
        header: t("documents.column.kind"),
        cell: ({ row }) => short(word("kind", row.original.kind)),
      }),
      column.accessor("language", { header: t("documents.column.language") }),
    ]);
  }, [t, word]);
  return (
    <DataTable caption={caption} columns={columns} rows={rows} rowId={(row) => row.native_id} />
  );
}
