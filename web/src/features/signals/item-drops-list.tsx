import { Button, Group, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { Shape } from "@/api/shapes";
import { moment } from "@/format/dates";
import { count } from "@/format/numbers";
import { useWord, valuesOf } from "@/i18n/words";
import { columnsOf, DataTable } from "@/ui/data-table";
import { DayFilter } from "@/ui/day-filter";
import { FilterSelect, Filters } from "@/ui/filters";
import { PageLink } from "@/ui/link";
import { Pager } from "@/ui/pager";
import { Question } from "@/ui/question";
import { usePatchSearch } from "@/ui/search-params";
import { ItemDropCounts } from "./item-drop-counts";
import styles from "./item-drops-list.module.css";
import { type ItemDropsSearch, itemDropsQuery } from "./queries";

type ItemDrop = Shape<"ItemDropOut">;

/** Items that became no documents: who sent them, when, why, and what was seen there. */
export function ItemDropsList({ search }: { search: ItemDropsSearch }) {
  const { t } = useTranslation();
  const query = useQuery(itemDropsQuery(search));
  const { cursor, ...filters } = search;
  const isFiltered = Object.values(filters).some((value) => value !== undefined);
  const none = isFiltered
    ? { title: t("drops.item.noMatch") }
    : { title: t("drops.item.none"), advice: t("drops.item.noneAdvice") };
  return (
    <>
      <Text mb="md" maw="75ch">
        {t("drops.item.lead")}
      </Text>
      <ItemDropFilters search={search} />
      {search.source === undefined ? null : <OfSource number={search.source} />}
      <ItemDropCounts search={search} />
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
            <Pager page={page} cursor={cursor} />
          </>
        )}
      </Question>
    </>
  );
}

function ItemDropFilters({ search }: { search: ItemDropsSearch }) {
  const { t } = useTranslation();
  const word = useWord();
  return (
    <Filters>
      <FilterSelect
        label={t("drops.reason")}
        name="itemReason"
        value={search.reason}
        options={valuesOf("item_drop").map((value) => ({ value, label: word("item_drop", value) }))}
      />
      <DayFilter label={t("filter.first")} name="first" value={search.first} />
      <DayFilter label={t("filter.last")} name="last" value={search.last} />
    </Filters>
  );
}

/** The list is of one source: which, and the way out. */
function OfSource({ number }: { number: number }) {
  const { t } = useTranslation();
  const patch = usePatchSearch();
  return (
    <Group gap="sm" mb="sm">
      <PageLink underline="always" to="/sources/$number" params={{ number: String(number) }}>
        {t("documents.ofSource", { number: count(number) })}
      </PageLink>
      <Button variant="default" size="xs" onClick={() => void patch({ source: undefined })}>
        {t("documents.ofAll")}
      </Button>
    </Group>
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
      column.accessor("source", {
        header: t("drops.item.source"),
        cell: ({ row: { original } }) => (
          <div className={styles.path}>
            <PageLink
              underline="always"
              to="/sources/$number"
              params={{ number: String(original.source_id) }}
            >
              {original.source_title ?? original.source}
            </PageLink>
            {original.path === original.source ? null : (
              <span className={styles.note}>{original.path}</span>
            )}
          </div>
        ),
      }),
      column.accessor("at", {
        header: t("drops.item.at"),
        cell: ({ row }) => <span className={styles.when}>{moment(row.original.at)}</span>,
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
      rowId={(row) => `${row.fetch_id}/${row.position}`}
    />
  );
}
