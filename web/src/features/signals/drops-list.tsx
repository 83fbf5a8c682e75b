import { Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { count, times } from "@/format/numbers";
import { useWord, valuesOf, type WordOf } from "@/i18n/words";
import { columnsOf } from "@/ui/data-table";
import { FilterSelect, Filters, SearchBox } from "@/ui/filters";
import { PageLink } from "@/ui/link";
import { Pager } from "@/ui/pager";
import { Empty, Question } from "@/ui/question";
import { CandidatesTable } from "./candidates-table";
import { candidateColumns } from "./columns";
import { useCountedOptions } from "./counted-options";
import styles from "./drops-list.module.css";
import { HiddenCount } from "./hidden";
import { momentumScale } from "./momentum";
import { NoMatch } from "./no-match";
import { PlaceNote } from "./place-note";
import { type Drop, type DropsSearch, dropsQuery, type Snapshot } from "./queries";

const ORDER = "-log_e";

type DropsListProps = { snapshot: Snapshot; chosen: string | undefined; search: DropsSearch };

/** The candidates that became no signals, each with its reason. */
export function DropsList({ snapshot, chosen, search }: DropsListProps) {
  const { t } = useTranslation();
  const query = useQuery(dropsQuery(snapshot.id, search));
  if (snapshot.drops === 0) return <Empty title={t("drops.none")} advice={t("drops.noneAdvice")} />;
  return (
    <>
      <DropFilters snapshot={snapshot} search={search} />
      <Reasons snapshot={snapshot} chosen={chosen} reason={search.reason} />
      <Question label={t("drops.candidates")} query={query} height={520}>
        {(page) => (
          <>
            <HiddenCount hidden={page.hidden} shown={search.hidden} />
            {page.total === 0 ? (
              <NoMatch total={snapshot.drops} clear={{ q: undefined, reason: undefined }} />
            ) : (
              <>
                <DropsTable rows={page.items} chosen={chosen} sort={search.sort} />
                <Pager page={page} cursor={search.cursor} />
              </>
            )}
          </>
        )}
      </Question>
    </>
  );
}

function DropFilters({ snapshot, search }: { snapshot: Snapshot; search: DropsSearch }) {
  const { t } = useTranslation();
  const options = useCountedOptions();
  return (
    <Filters>
      <SearchBox label={t("signals.search")} value={search.q} />
      <FilterSelect
        label={t("drops.reason")}
        name="reason"
        value={search.reason}
        anyLabel={t("drops.anyReason", { shown: count(snapshot.drops) })}
        options={options("candidate_drop", snapshot.drops_by_reason)}
      />
    </Filters>
  );
}

type Reason = WordOf<"candidate_drop">;
type ReasonsProps = { snapshot: Snapshot; chosen: string | undefined; reason: Reason | undefined };

/** What the chosen reason means; without a choice, all that occur, to open. */
function Reasons({ snapshot, chosen, reason }: ReasonsProps) {
  const { t } = useTranslation();
  const word = useWord();
  const why = (one: Reason) =>
    t(`drops.why.${one}`, { phantomBelow: times(snapshot.parameters.phantom_below) });
  if (reason) return <PlaceNote place="drop" note={<Text maw="75ch">{why(reason)}</Text>} />;
  const held = snapshot.drops_by_reason;
  const occurring = valuesOf("candidate_drop")
    .filter((one) => (held[one] ?? 0) > 0)
    .sort((one, other) => (held[other] ?? 0) - (held[one] ?? 0));
  return (
    <details className={styles.reasons}>
      <summary>{t("drops.reasons")}</summary>
      <dl>
        {occurring.map((one) => (
          <div key={one}>
            <dt>
              <PageLink to="/drops" search={{ snapshot: chosen, reason: one }}>
                {t("signals.count", { word: word("candidate_drop", one), shown: count(held[one]) })}
              </PageLink>
            </dt>
            <dd>{why(one)}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}

type DropsTableProps = { rows: Drop[]; chosen: string | undefined; sort: string | undefined };

function DropsTable({ rows, chosen, sort }: DropsTableProps) {
  const { t } = useTranslation();
  const columns = useDropColumns(rows, chosen);
  return (
    <CandidatesTable
      caption={t("drops.list")}
      columns={columns}
      rows={rows}
      sort={sort}
      order={ORDER}
    />
  );
}

function useDropColumns(rows: Drop[], snapshot: string | undefined) {
  const { t } = useTranslation();
  const word = useWord();
  return useMemo(() => {
    const column = columnsOf<Drop>();
    const shared = candidateColumns<Drop>({ t, snapshot, scale: momentumScale(rows) });
    return column.columns([
      shared.name,
      column.accessor("reason", {
        header: t("signals.column.reason"),
        enableSorting: false,
        cell: ({ row }) => word("candidate_drop", row.original.reason),
      }),
      shared.verdict,
      shared.logE,
      shared.momentum,
      shared.stories,
    ]);
  }, [rows, snapshot, t, word]);
}
