import { Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { Shape } from "@/api/shapes";
import { count } from "@/format/numbers";
import { useWord, valuesOf } from "@/i18n/words";
import { columnsOf, DataTable } from "@/ui/data-table";
import { FilterSelect, Filters } from "@/ui/filters";
import { Pager } from "@/ui/pager";
import { Question } from "@/ui/question";
import styles from "./item-drops-list.module.css";
import { type ItemDropsSearch, itemDropsQuery } from "./queries";

type ItemDrop = Shape<"ItemDropOut">;

/** Items that became no documents: in which file, on which line, why, and what was seen there. */
export function ItemDropsList({ search }: { search: ItemDropsSearch }) {
  const { t } = useTranslation();
  const word = useWord();
  const query = useQuery(itemDropsQuery(search));
  const none = search.reason
    ? { title: t("drops.item.noMatch") }
    : { title: t("drops.item.none"), advice: t("drops.item.noneAdvice") };
  return (
    <>
      <Text mb="md" maw="75ch">
        {t("drops.item.lead")}
      </Text>
      <Filters>
        <FilterSelect
          label={t("drops.reason")}
          name="itemReason"
          value={search.reason}
          options={valuesOf("item_drop").map((value) => ({
            value,
            label: word("item_drop", value),
          }))}
        />
      </Filters>
      <Question
        label={t("drops.items")}
        query={query}
        height={420}
        isEmpty={(page) => page.total === 0}
        empty={none}
      >
        {(page) => (
          <>
            <ItemDropsTable rows={page.items} />
            <Pager page={page} cursor={search.cursor} />
          </>
        )}
      </Question>
    </>
  );
}

function ItemDropsTable({ rows }: { rows: ItemDrop[] }) {
  const { t } = useTranslation();
  const word = useWord();
  const columns = useMemo(() => {
    const column = columnsOf<ItemDrop>();
    return column.columns([
      column.accessor("reason", {
        header: t("signals.column.reason"),
        cell: ({ row: { original } }) => (
          <div className={styles.reason}>
            <strong>{word("item_drop", original.reason)}</strong>
            <span>{t(`drops.item.why.${original.reason}`)}</span>
          </div>
        ),
      }),
      column.accessor("path", {
        header: t("drops.item.file"),
        cell: ({ row }) => <span className={styles.path}>{row.original.path}</span>,
      }),
      column.accessor("position", {
        header: t("drops.item.line"),
        meta: { align: "right" },
        cell: ({ row }) => count(row.original.position),
      }),
      column.accessor("seen", {
        header: t("drops.item.seen"),
        cell: ({ row }) => <code className={styles.seen}>{row.original.seen}</code>,
      }),
    ]);
  }, [t, word]);
  return (
    <DataTable
      caption={t("drops.item.list")}
      columns={columns}
      rows={rows}
      rowId={(row) => `${row.fetch_id}/${row.path}/${row.position}`}
    />
  );
}
