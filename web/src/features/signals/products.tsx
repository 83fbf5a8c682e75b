import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { Shape } from "@/api/shapes";
import { day } from "@/format/dates";
import { count } from "@/format/numbers";
import { useWord } from "@/i18n/words";
import { columnsOf, DataTable } from "@/ui/data-table";
import { ExternalLink } from "@/ui/external-link";
import { Section } from "@/ui/section";
import styles from "./evidence.module.css";
import type { Judged } from "./queries";

type Product = Shape<"ProductOut">;

/** The concrete things behind a signal: those that bear its name first; nothing where there are none. */
export function Products({ judged }: { judged: Judged }) {
  const { t } = useTranslation();
  const columns = useProductColumns();
  if (judged.products.length === 0) return null;
  return (
    <Section title={t("signal.products.title")} lead={t("signal.products.lead")}>
      <DataTable
        caption={t("signal.products.table")}
        columns={columns}
        rows={judged.products}
        rowId={(row) => row.native_id}
      />
    </Section>
  );
}

function useProductColumns() {
  const { t } = useTranslation();
  const word = useWord();
  return useMemo(() => {
    const column = columnsOf<Product>();
    return column.columns([
      column.accessor("title", {
        header: t("signal.products.product"),
        cell: ({ row: { original } }) => (
          <div className={styles.title}>
            {original.url ? (
              <ExternalLink href={original.url}>{original.title}</ExternalLink>
            ) : (
              original.title
            )}
          </div>
        ),
      }),
      column.accessor("is_named", {
        header: t("signal.products.name"),
        cell: ({ row }) => t(`signal.products.${row.original.is_named ? "named" : "other"}`),
      }),
      column.accessor("kind", {
        header: t("signal.evidence.kind"),
        cell: ({ row }) => <span className={styles.short}>{word("kind", row.original.kind)}</span>,
      }),
      column.accessor("first_seen", {
        header: t("signal.products.first"),
        cell: ({ row }) => <span className={styles.short}>{day(row.original.first_seen)}</span>,
      }),
      column.accessor("last_seen", {
        header: t("signal.products.last"),
        cell: ({ row }) => <span className={styles.short}>{day(row.original.last_seen)}</span>,
      }),
      column.accessor("documents", {
        header: t("signal.products.documents"),
        meta: { align: "right" },
        cell: ({ row }) => count(row.original.documents),
      }),
    ]);
  }, [t, word]);
}
