import { Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { day } from "@/format/dates";
import { count, eValue, percent } from "@/format/numbers";
import { useWord } from "@/i18n/words";
import { columnsOf } from "@/ui/data-table";
import { FilterCheck, FilterSelect, Filters, SearchBox } from "@/ui/filters";
import { PageLink } from "@/ui/link";
import { Pager } from "@/ui/pager";
import { Empty, Question } from "@/ui/question";
import { VerdictBadge } from "@/ui/verdict-badge";
import { CandidatesTable } from "./candidates-table";
import { candidateColumns } from "./columns";
import styles from "./columns.module.css";
import { useCountedOptions } from "./counted-options";
import { HiddenCount } from "./hidden";
import { momentumScale } from "./momentum";
import { NoMatch } from "./no-match";
import { type Signal, type SignalsSearch, type Snapshot, signalsQuery } from "./queries";
import { SinceBefore } from "./since-before";

const ORDER = "-momentum_low";

type SignalsListProps = {
  snapshot: Snapshot;
  /** As the address says it; undefined is the latest. */
  chosen: string | undefined;
  search: SignalsSearch;
};

/** The signals of a snapshot: what may be believed of them, filters, the table, its pages. */
export function SignalsList({ snapshot, chosen, search }: SignalsListProps) {
  const { t } = useTranslation();
  const query = useQuery(signalsQuery(snapshot.id, search));
  return (
    <>
      <FalseDiscoveries snapshot={snapshot} />
      <SinceBefore snapshot={snapshot.id} chosen={chosen} />
      {snapshot.signals === 0 ? (
        <Stack gap={0} align="flex-start">
          <Empty title={t("signals.none")} advice={t("signals.noneAdvice")} />
          <PageLink to="/watchlist" search={{ snapshot: chosen }}>
            {t("signals.toWatch")}
          </PageLink>
        </Stack>
      ) : (
        <>
          <SignalFilters snapshot={snapshot} search={search} />
          <Question label={t("signals.title")} query={query} height={520}>
            {(page) => (
              <>
                <HiddenCount hidden={page.hidden} shown={search.hidden} />
                {page.total === 0 ? (
                  <NoMatch
                    total={snapshot.signals}
                    clear={{
                      q: undefined,
                      phase: undefined,
                      standing: undefined,
                      corroborated: undefined,
                    }}
                  />
                ) : (
                  <>
                    <SignalsTable rows={page.items} chosen={chosen} sort={search.sort} />
                    <Pager page={page} cursor={search.cursor} />
                    <Text size="sm" c="dimmed" mt="xs" maw="75ch">
                      {t("signals.momentumNote")}
                    </Text>
                  </>
                )}
              </>
            )}
          </Question>
        </>
      )}
    </>
  );
}

/** Every verdict states its error rate. */
function FalseDiscoveries({ snapshot }: { snapshot: Snapshot }) {
  const { t } = useTranslation();
  return (
    <Text mb="md" maw="75ch">
      {t("signals.control", {
        q: percent(snapshot.parameters.q, 0),
        threshold: eValue(snapshot.log_threshold),
      })}
    </Text>
  );
}

function SignalFilters({ snapshot, search }: { snapshot: Snapshot; search: SignalsSearch }) {
  const { t } = useTranslation();
  const options = useCountedOptions();
  return (
    <Filters>
      <SearchBox label={t("signals.search")} value={search.q} />
      <FilterSelect
        label={t("signals.column.phase")}
        name="phase"
        value={search.phase}
        options={options("phase", snapshot.signals_by_phase)}
      />
      <FilterSelect
        label={t("signals.column.standing")}
        name="standing"
        value={search.standing}
        options={options("standing", snapshot.signals_by_standing)}
      />
      <FilterCheck
        label={t("signals.corroborated")}
        name="corroborated"
        value={search.corroborated}
      />
    </Filters>
  );
}

type SignalsTableProps = { rows: Signal[]; chosen: string | undefined; sort: string | undefined };

function SignalsTable({ rows, chosen, sort }: SignalsTableProps) {
  const { t } = useTranslation();
  const columns = useSignalColumns(rows, chosen);
  return (
    <CandidatesTable
      caption={t("signals.list")}
      columns={columns}
      rows={rows}
      sort={sort}
      order={ORDER}
    />
  );
}

function useSignalColumns(rows: Signal[], snapshot: string | undefined) {
  const { t } = useTranslation();
  const word = useWord();
  return useMemo(() => {
    const column = columnsOf<Signal>();
    const shared = candidateColumns<Signal>({ t, snapshot, scale: momentumScale(rows) });
    return column.columns([
      shared.name,
      column.accessor("standing", {
        header: t("signals.column.verdict"),
        enableSorting: false,
        cell: ({ row: { original } }) => (
          <>
            <VerdictBadge verdict={original.verdict} />
            <span className={styles.note}>{word("standing", original.standing)}</span>
          </>
        ),
      }),
      shared.momentum,
      column.accessor("phase", {
        header: t("signals.column.phase"),
        enableSorting: false,
        cell: ({ row }) => word("phase", row.original.phase),
      }),
      shared.logE,
      shared.stories,
      column.accessor("onset", {
        header: t("signals.column.onset"),
        sortDescFirst: true,
        cell: ({ row }) => <span className={styles.day}>{day(row.original.onset)}</span>,
      }),
      column.accessor("evidence", {
        header: t("signals.column.evidence"),
        enableSorting: false,
        meta: { align: "right" },
        cell: ({ row }) => count(row.original.evidence),
      }),
    ]);
  }, [rows, snapshot, t, word]);
}
