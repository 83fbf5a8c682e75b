import { Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { count } from "@/format/numbers";
import { useWord } from "@/i18n/words";
import { columnsOf } from "@/ui/data-table";
import { FilterCheck, Filters, SearchBox } from "@/ui/filters";
import { Pager } from "@/ui/pager";
import { Empty, Question } from "@/ui/question";
import { CandidatesTable } from "./candidates-table";
import { candidateColumns } from "./columns";
import { HiddenCount } from "./hidden";
import { momentumScale } from "./momentum";
import { NoMatch } from "./no-match";
import { PlaceNote } from "./place-note";
import { type Snapshot, type Watched, type WatchSearch, watchlistQuery } from "./queries";

const ORDER = "-log_e";

type WatchListProps = { snapshot: Snapshot; chosen: string | undefined; search: WatchSearch };

/** What is undecided, visibly no signals. */
export function WatchList({ snapshot, chosen, search }: WatchListProps) {
  const { t } = useTranslation();
  const query = useQuery(watchlistQuery(snapshot.id, search));
  return (
    <PlaceNote place="watch" note={<Text maw="75ch">{t("watchlist.note")}</Text>}>
      {snapshot.watch === 0 ? (
        <Empty title={t("watchlist.none")} advice={t("watchlist.noneAdvice")} />
      ) : (
        <>
          <Filters>
            <SearchBox label={t("signals.search")} value={search.q} />
            <FilterCheck
              label={t("signals.corroborated")}
              name="corroborated"
              value={search.corroborated}
            />
          </Filters>
          <Question label={t("watchlist.title")} query={query} height={520}>
            {(page) => (
              <>
                <HiddenCount hidden={page.hidden} shown={search.hidden} />
                {page.total === 0 ? (
                  <NoMatch
                    total={snapshot.watch}
                    clear={{ q: undefined, corroborated: undefined }}
                  />
                ) : (
                  <>
                    <WatchTable rows={page.items} chosen={chosen} sort={search.sort} />
                    <Pager page={page} cursor={search.cursor} />
                  </>
                )}
              </>
            )}
          </Question>
        </>
      )}
    </PlaceNote>
  );
}

type WatchTableProps = { rows: Watched[]; chosen: string | undefined; sort: string | undefined };

function WatchTable({ rows, chosen, sort }: WatchTableProps) {
  const { t } = useTranslation();
  const columns = useWatchColumns(rows, chosen);
  return (
    <CandidatesTable
      caption={t("watchlist.list")}
      columns={columns}
      rows={rows}
      sort={sort}
      order={ORDER}
    />
  );
}

function useWatchColumns(rows: Watched[], snapshot: string | undefined) {
  const { t } = useTranslation();
  const word = useWord();
  return useMemo(() => {
    const column = columnsOf<Watched>();
    const shared = candidateColumns<Watched>({ t, snapshot, scale: momentumScale(rows) });
    return column.columns([
      shared.name,
      shared.momentum,
      column.accessor("needed", {
        header: t("signals.column.needed"),
        enableSorting: false,
        meta: { align: "right" },
        cell: ({ row: { original } }) =>
          original.needed === null
            ? t("watchlist.neededNone")
            : t("watchlist.needed", { count: original.needed, shown: count(original.needed) }),
      }),
      column.accessor("rates_phase", {
        header: t("signals.column.ratesPhase"),
        enableSorting: false,
        cell: ({ row: { original } }) => word("phase", original.rates_phase ?? "unknown"),
      }),
      shared.logE,
      shared.stories,
    ]);
  }, [rows, snapshot, t, word]);
}
