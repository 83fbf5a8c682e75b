import { Button, Stack } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { moment } from "@/format/dates";
import { useWord, valuesOf } from "@/i18n/words";
import { columnsOf, DataTable } from "@/ui/data-table";
import { FilterSelect, Filters } from "@/ui/filters";
import { PageLink } from "@/ui/link";
import { Pager } from "@/ui/pager";
import { Empty, Question } from "@/ui/question";
import { usePatchSearch } from "@/ui/search-params";
import styles from "./decisions.module.css";
import { type Decision, type DecisionsSearch, decisionsQuery } from "./queries";
import { UndoButton } from "./undo-button";

/** What people decided about topics, the latest first, with its way back. */
export function DecisionsList({ search }: { search: DecisionsSearch }) {
  const { t } = useTranslation();
  const query = useQuery(decisionsQuery(search));
  const columns = useColumns();
  const isFiltered = search.kind !== undefined || search.holds !== undefined;
  return (
    <>
      <DecisionFilters search={search} />
      <Question label={t("decisions.title")} query={query} height={320}>
        {(page) =>
          page.total > 0 ? (
            <>
              <DataTable
                caption={t("decisions.list")}
                columns={columns}
                rows={page.items}
                rowId={({ number }) => String(number)}
              />
              <Pager page={page} cursor={search.cursor} />
            </>
          ) : isFiltered ? (
            <NothingFits />
          ) : (
            <Empty
              title={t("decisions.none")}
              advice={t("decisions.noneAdvice")}
              command='nophantom trends decide mute "advent of code"'
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
  return (
    <Stack gap={0} align="flex-start">
      <Empty title={t("signals.noMatch")} />
      <Button
        variant="default"
        size="xs"
        onClick={() => void patch({ kind: undefined, holds: undefined })}
      >
        {t("signals.clear")}
      </Button>
    </Stack>
  );
}

function DecisionFilters({ search }: { search: DecisionsSearch }) {
  const { t } = useTranslation();
  const word = useWord();
  return (
    <Filters>
      <FilterSelect
        label={t("decisions.column.kind")}
        name="kind"
        value={search.kind}
        options={valuesOf("decision_kind").map((value) => ({
          value,
          label: word("decision_kind", value),
        }))}
      />
      <FilterSelect
        label={t("decisions.column.state")}
        name="holds"
        value={search.holds}
        options={[
          { value: "yes", label: t("decisions.holds") },
          { value: "no", label: t("decisions.undone") },
        ]}
      />
    </Filters>
  );
}

function useColumns() {
  const { t } = useTranslation();
  const word = useWord();
  return useMemo(() => {
    const column = columnsOf<Decision>();
    return column.columns([
      column.accessor("number", {
        header: t("decisions.column.number"),
        meta: { align: "right" },
      }),
      column.accessor("topic", {
        header: t("decisions.column.topic"),
        cell: ({ row: { original } }) => (
          <PageLink to="/signals/$slug" params={{ slug: original.topic }}>
            {original.words}
          </PageLink>
        ),
      }),
      column.accessor("kind", {
        header: t("decisions.column.kind"),
        cell: ({ row: { original } }) => (
          <>
            {word("decision_kind", original.kind)}
            {original.other ? (
              <span className={styles.note}>{t("decide.other", { other: original.other })}</span>
            ) : null}
          </>
        ),
      }),
      column.accessor("reason", { header: t("decisions.column.reason") }),
      column.accessor("at", {
        header: t("decisions.column.at"),
        cell: ({ row }) => moment(row.original.at),
      }),
      column.accessor("undone_at", {
        header: t("decisions.column.state"),
        cell: ({ row }) => <State decision={row.original} />,
      }),
    ]);
  }, [t, word]);
}

function State({ decision: { number, undone_at, undone_because } }: { decision: Decision }) {
  const { t } = useTranslation();
  if (undone_at === null)
    return (
      <>
        {t("decisions.holds")} <UndoButton number={number} />
      </>
    );
  return (
    <>
      {t("decisions.undoneAt", { at: moment(undone_at) })}
      {undone_because ? (
        <span className={styles.note}>{t("decide.because", { reason: undone_because })}</span>
      ) : null}
    </>
  );
}
