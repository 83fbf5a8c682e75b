import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { Shape } from "@/api/shapes";
import { fullDay } from "@/format/dates";
import { count } from "@/format/numbers";
import { useWord, valuesOf } from "@/i18n/words";
import { columnsOf, DataTable } from "@/ui/data-table";
import { TopicLink } from "@/ui/link";
import { Question } from "@/ui/question";
import { type Fate, fateColumns } from "./fate";
import { changesQuery } from "./queries";
import styles from "./since-before.module.css";

type SinceBeforeProps = { snapshot: number; chosen: string | undefined };

/** What became of the signals of the snapshot before, and what is new: a line, to be opened. */
export function SinceBefore({ snapshot, chosen }: SinceBeforeProps) {
  const { t } = useTranslation();
  const query = useQuery(changesQuery(snapshot));
  return (
    <Question label={t("signals.since.label")} query={query} height={24}>
      {(changes) => <Changed changes={changes} chosen={chosen} />}
    </Question>
  );
}

type ChangedProps = { changes: Shape<"ChangesOut">; chosen: string | undefined };

export function Changed({ changes, chosen }: ChangedProps) {
  const { t } = useTranslation();
  const columns = useFateColumns(chosen, changes.before?.id);
  const summary = useSummary(changes);
  if (!changes.before) return null;
  if (changes.fates.length === 0) return <p className={styles.line}>{summary}</p>;
  return (
    <details className={styles.line}>
      <summary>{summary}</summary>
      <DataTable
        caption={t("signals.since.table")}
        columns={columns}
        rows={changes.fates}
        rowId={(fate) => fate.slug}
      />
    </details>
  );
}

function useSummary({ before, counts, phases_changed }: Shape<"ChangesOut">) {
  const { t } = useTranslation();
  const word = useWord();
  const told = valuesOf("fate").flatMap((fate) =>
    fate !== "still" && counts[fate] ? [`${count(counts[fate])} ${word("fate", fate)}`] : [],
  );
  if (phases_changed > 0) told.push(t("signals.since.phases", { shown: count(phases_changed) }));
  return t("signals.since.summary", {
    day: fullDay(before?.as_of),
    changed: told.join(", ") || t("signals.since.nothing"),
    still: count(counts.still),
    before: count(before?.signals),
  });
}

/** What is a signal now is shown as it is now; what is none, as it was in the snapshot before. */
function useFateColumns(chosen: string | undefined, before: number | undefined) {
  const { t } = useTranslation();
  const word = useWord();
  return useMemo(() => {
    const column = columnsOf<Fate>();
    return column.columns([
      column.accessor("name", {
        header: t("signals.column.name"),
        enableSorting: false,
        cell: ({ row: { original } }) => (
          <TopicLink
            slug={original.slug}
            snapshot={original.standing === null ? String(before) : chosen}
          >
            {original.name}
          </TopicLink>
        ),
      }),
      ...fateColumns<Fate>(t, word),
    ]);
  }, [chosen, before, t, word]);
}
