import { Button, Group, Text, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { type Line, LinesChart } from "@/charts/lines-chart";
import { dayOfMonth } from "@/format/dates";
import { amount, count, eValue, times } from "@/format/numbers";
import { useWord } from "@/i18n/words";
import { columnsOf, DataTable } from "@/ui/data-table";
import { TopicLink } from "@/ui/link";
import { Question } from "@/ui/question";
import { usePatchSearch } from "@/ui/search-params";
import { Section } from "@/ui/section";
import { VerdictBadge } from "@/ui/verdict-badge";
import styles from "./columns.module.css";
import { type ComparedTopic, isoDay, namesOf, weekPoints } from "./compared-weeks";
import { comparedQuery } from "./queries";

type CompareTopicsProps = {
  snapshot: number;
  chosen: string | undefined;
  said: string | undefined;
};

/** Two to eight topics of a snapshot side by side: their numbers, their weeks, and what was read. */
export function CompareTopics({ snapshot, chosen, said }: CompareTopicsProps) {
  const { t } = useTranslation();
  const names = namesOf(said);
  return (
    <>
      <Names key={said ?? ""} said={names.join(", ")} />
      {names.length < 2 ? (
        <Text>{t("compareTopics.few")}</Text>
      ) : (
        <Compared snapshot={snapshot} chosen={chosen} names={names} />
      )}
    </>
  );
}

/** The names, as one line of text; the address follows when they are sent. */
function Names({ said }: { said: string }) {
  const { t } = useTranslation();
  const patch = usePatchSearch();
  const [typed, setTyped] = useState(said);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void patch({ topics: namesOf(typed).join(",") || undefined });
      }}
    >
      <Group align="flex-end" mb="md">
        <TextInput
          label={t("compareTopics.names")}
          description={t("compareTopics.namesNote")}
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
          w="min(100%, 48ch)"
        />
        <Button type="submit">{t("compareTopics.compare")}</Button>
      </Group>
    </form>
  );
}

type ComparedProps = { snapshot: number; chosen: string | undefined; names: string[] };

function Compared({ snapshot, chosen, names }: ComparedProps) {
  const { t } = useTranslation();
  const query = useQuery(comparedQuery(snapshot, names));
  return (
    <Question label={t("compareTopics.title")} query={query} height={640}>
      {({ topics, missing }) => (
        <>
          {missing.length > 0 ? (
            <Text mb="sm">{t("compareTopics.missing", { names: missing.join(", ") })}</Text>
          ) : null}
          <Numbers rows={topics} chosen={chosen} />
          <Weeks topics={topics} />
        </>
      )}
    </Question>
  );
}

/** Stories a week, and below them what was read: a source that reads more tells more of everything. */
export function Weeks({ topics }: { topics: ComparedTopic[] }) {
  const { t } = useTranslation();
  const told = topics.filter(({ weeks }) => weeks.length > 0);
  if (told.length === 0) return <Text>{t("compareTopics.noWeeks")}</Text>;
  const lines = (measure: Parameters<typeof weekPoints>[1]): Line[] =>
    told.map((topic) => ({ name: topic.name, points: weekPoints(topic, measure) }));
  const x = {
    title: t("compareTopics.week"),
    text: (value: number) => dayOfMonth(isoDay(value)),
    tick: (value: number) => (Number.isInteger(value) ? dayOfMonth(isoDay(value)) : ""),
  };
  const charts = [
    { measure: "stories", title: t("compareTopics.stories"), text: count },
    { measure: "per_thousand", title: t("compareTopics.perThousand"), text: amount },
    { measure: "read", title: t("compareTopics.read"), text: count },
  ] as const;
  return charts.map(({ measure, title, text }) => (
    <Section key={measure} title={title}>
      <LinesChart label={title} lines={lines(measure)} x={x} y={{ title, text }} />
    </Section>
  ));
}

function Numbers({ rows, chosen }: { rows: ComparedTopic[]; chosen: string | undefined }) {
  const { t } = useTranslation();
  const columns = useComparedColumns(chosen);
  return (
    <DataTable
      caption={t("compareTopics.table")}
      columns={columns}
      rows={rows}
      rowId={(row) => row.slug}
    />
  );
}

function useComparedColumns(snapshot: string | undefined) {
  const { t } = useTranslation();
  const word = useWord();
  return useMemo(() => {
    const column = columnsOf<ComparedTopic>();
    return column.columns([
      column.accessor("name", {
        header: t("signals.column.name"),
        cell: ({ row: { original } }) => (
          <TopicLink underline="always" slug={original.slug} snapshot={snapshot}>
            {original.name}
          </TopicLink>
        ),
      }),
      column.accessor("verdict", {
        header: t("signals.column.verdict"),
        cell: ({ row: { original } }) => (
          <>
            <VerdictBadge verdict={original.verdict} />
            <span className={styles.note}>
              {original.reason
                ? word("candidate_drop", original.reason)
                : word("place", original.place)}
            </span>
          </>
        ),
      }),
      column.accessor("phase", {
        header: t("signals.column.phase"),
        cell: ({ row: { original } }) => (original.phase ? word("phase", original.phase) : ""),
      }),
      column.accessor("momentum", {
        header: t("signal.key.momentum"),
        meta: { align: "right" },
        cell: ({ row: { original } }) =>
          t("signals.momentumRest", {
            point: times(original.momentum),
            low: amount(original.momentum_low),
            high: times(original.momentum_high),
          }),
      }),
      column.accessor("log_e", {
        header: t("signals.column.logE"),
        meta: { align: "right" },
        cell: ({ row }) => eValue(row.original.log_e),
      }),
      column.accessor("stories", {
        header: t("signals.column.stories"),
        meta: { align: "right" },
        cell: ({ row: { original } }) => (
          <>
            {count(original.stories)}
            <span className={styles.note}>
              {t("signals.expected", { expected: amount(original.expected) })}
            </span>
          </>
        ),
      }),
    ]);
  }, [snapshot, t, word]);
}
