import { Button, Stack } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { moment, relative } from "@/format/dates";
import { count } from "@/format/numbers";
import { useWord, valuesOf, type WordKind } from "@/i18n/words";
import { columnsOf, DataTable } from "@/ui/data-table";
import { FilterSelect, Filters, SearchBox } from "@/ui/filters";
import { RowLink } from "@/ui/link";
import { Pager } from "@/ui/pager";
import { Empty, Question } from "@/ui/question";
import { usePatchSearch } from "@/ui/search-params";
import { ConditionBadge } from "./condition-badge";
import { type Source, type SourcesSearch, sourcesQuery } from "./queries";
import styles from "./sources.module.css";

const ORDER = "address";

/** Every source that is followed, or was: how it is, and when it is visited next. */
export function SourcesList({ search }: { search: SourcesSearch }) {
  const { t } = useTranslation();
  const query = useQuery(sourcesQuery(search));
  const { q, state, protocol, trouble, failing } = search;
  const isFiltered = [q, state, protocol, trouble, failing].some((value) => value !== undefined);
  return (
    <>
      <SourceFilters search={search} />
      <Question label={t("sources.label")} query={query} height={520}>
        {(page) =>
          page.total > 0 ? (
            <>
              <SourcesTable rows={page.items} sort={search.sort} />
              <Pager page={page} cursor={search.cursor} />
            </>
          ) : isFiltered ? (
            <NothingFits />
          ) : (
            <Empty
              title={t("sources.none")}
              advice={t("sources.noneAdvice")}
              command="nophantom sources defaults"
            />
          )
        }
      </Question>
    </>
  );
}

function NothingFits() {
  const { t } = useTranslation();
  const patch = usePatchSearch();
  const none = { q: undefined, state: undefined, protocol: undefined };
  return (
    <Stack gap={0} align="flex-start">
      <Empty title={t("sources.noMatch")} />
      <Button
        variant="default"
        size="xs"
        onClick={() => void patch({ ...none, trouble: undefined, failing: undefined })}
      >
        {t("signals.clear")}
      </Button>
    </Stack>
  );
}

function SourceFilters({ search }: { search: SourcesSearch }) {
  const { t } = useTranslation();
  const word = useWord();
  const options = <Kind extends WordKind>(kind: Kind) =>
    valuesOf(kind).map((value) => ({ value, label: word(kind, value) }));
  return (
    <Filters>
      <SearchBox label={t("sources.search")} value={search.q} />
      <FilterSelect
        label={t("sources.state")}
        name="state"
        value={search.state}
        options={options("source_state")}
      />
      <FilterSelect
        label={t("sources.lastVisit")}
        name="failing"
        value={search.failing}
        options={[
          { value: "yes", label: t("sources.failed") },
          { value: "no", label: t("sources.wentWell") },
        ]}
      />
      <FilterSelect
        label={t("sources.trouble")}
        name="trouble"
        value={search.trouble}
        options={options("trouble")}
      />
      <FilterSelect
        label={t("sources.protocol")}
        name="protocol"
        value={search.protocol}
        options={options("source_protocol").filter(({ value }) => value !== "archive")}
      />
    </Filters>
  );
}

function SourcesTable({ rows, sort = ORDER }: { rows: Source[]; sort: string | undefined }) {
  const { t } = useTranslation();
  const patch = usePatchSearch();
  const columns = useSourceColumns();
  return (
    <DataTable
      caption={t("sources.list")}
      columns={columns}
      rows={rows}
      rowId={(row) => String(row.id)}
      sort={sort}
      onSort={(next) => void patch({ sort: next === ORDER ? undefined : next })}
    />
  );
}

function useSourceColumns() {
  const { t } = useTranslation();
  const word = useWord();
  return useMemo(() => {
    const column = columnsOf<Source>();
    return column.columns([
      column.accessor("address", {
        header: t("sources.column.source"),
        cell: ({ row: { original } }) => (
          <span className={styles.name}>
            <RowLink to="/sources/$number" params={{ number: String(original.id) }}>
              {original.name}
            </RowLink>
            {original.title ? <span className={styles.note}>{original.address}</span> : null}
          </span>
        ),
      }),
      column.accessor((row) => row.failures, {
        id: "failures",
        header: t("sources.column.condition"),
        cell: ({ row: { original } }) => (
          <span className={styles.why}>
            <ConditionBadge source={original} />
            <span className={styles.note}>{original.degraded ?? original.state_why}</span>
          </span>
        ),
      }),
      column.accessor((row) => row.next_at, {
        id: "next_at",
        header: t("sources.column.next"),
        cell: ({ row: { original } }) => (
          <When iso={original.state === "active" ? original.next_at : null} isPlan />
        ),
      }),
      column.accessor("last_new_at", {
        header: t("sources.column.lastNew"),
        enableSorting: false,
        cell: ({ row: { original } }) => <When iso={original.last_new_at} />,
      }),
      column.accessor("protocol", {
        header: t("sources.protocol"),
        enableSorting: false,
        cell: ({ row: { original } }) => (
          <>
            {word("source_protocol", original.protocol)}
            {original.kind ? <span className={styles.note}>{original.kind}</span> : null}
          </>
        ),
      }),
      column.accessor("id", {
        header: t("sources.column.id"),
        meta: { align: "right" },
        cell: ({ row }) => count(row.original.id),
      }),
    ]);
  }, [t, word]);
}

type WhenProps = {
  iso: string | null;
  /** Something that is to happen: when its moment is past, it is due. */
  isPlan?: boolean;
};

/** A moment as seen from now, its date for those who point at it. */
function When({ iso, isPlan = false }: WhenProps) {
  const { t } = useTranslation();
  if (iso === null) return <span className={styles.note}>{t("sources.never")}</span>;
  const isDue = isPlan && new Date(iso) <= new Date();
  return (
    <time dateTime={iso} title={moment(iso)} className={styles.when}>
      {isDue ? t("sources.due") : relative(iso)}
    </time>
  );
}
