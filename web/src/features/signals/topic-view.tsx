import { Text } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { day } from "@/format/dates";
import { count } from "@/format/numbers";
import { Why } from "@/ui/counted-name";
import { TopicLink } from "@/ui/link";
import { Empty } from "@/ui/question";
import { Section } from "@/ui/section";
import { Adoption } from "./adoption";
import { Appearances } from "./appearances";
import { Arithmetic } from "./arithmetic";
import { Changes } from "./changes";
import { Evidence } from "./evidence";
import { Fates, WithdrawnNote } from "./fates";
import { Gates } from "./gates-table";
import { KeyNumbers } from "./key-numbers";
import { PhaseNumbers } from "./phase-numbers";
import { Products } from "./products";
import type { Judged, Topic } from "./queries";
import { Reckoned } from "./reckoned";
import { Related } from "./related";
import { TopicPlace } from "./topic-place";
import { TopicSeries } from "./topic-series";

type TopicViewProps = {
  topic: Topic;
  cursor: string | undefined;
  /** What to do about it; stands after what it is. */
  advice: ReactNode;
};

/** Why a snapshot did not judge a topic: its name is counted as another one, or it had too few stories. */
export function Unjudged({ topic: { counted_as: other, snapshot } }: { topic: Topic }) {
  const { t } = useTranslation();
  if (!other)
    return (
      <Empty
        title={t("signal.unjudged.title")}
        advice={t("signal.unjudged.advice", {
          day: day(snapshot.as_of),
          support: count(snapshot.parameters.min_support),
        })}
      />
    );
  return (
    <Empty
      title={t("signal.unjudged.counted", { topic: other.topic_name })}
      advice={
        <>
          <Why name={other} />. {t("signal.unjudged.instead", { day: day(snapshot.as_of) })}{" "}
          <TopicLink slug={other.topic} snapshot={String(snapshot.id)}>
            {other.topic_name}
          </TopicLink>
          .
        </>
      }
    />
  );
}

/** All that is known of a topic in a snapshot: where it ended, why, and what that rests on. */
export function TopicView({ topic, cursor, advice }: TopicViewProps) {
  const { t } = useTranslation();
  const { judged, snapshot, spellings } = topic;
  return (
    <>
      <WithdrawnNote topic={topic} />
      {judged ? (
        <JudgedView judged={judged} snapshot={snapshot} cursor={cursor} advice={advice} />
      ) : (
        <>
          <Unjudged topic={topic} />
          <Reckoned key={`${topic.slug} ${snapshot.id}`} slug={topic.slug} snapshot={snapshot} />
          {advice}
        </>
      )}
      <Section title={t("signal.spellings.title")}>
        <Text>{spellings.join(" · ")}</Text>
        {topic.names.map((name) => (
          <Text key={name.alias} size="sm" mt="xs">
            {t("signal.spellings.counted", { name: name.alias_name })} <Why name={name} />
          </Text>
        ))}
        {topic.meanings.length > 0 ? (
          <Text size="sm" mt="xs">
            {t("signal.spellings.meanings", {
              meanings: topic.meanings
                .map(({ phrase, sources }) => `${phrase} (${count(sources)})`)
                .join(", "),
            })}
          </Text>
        ) : null}
      </Section>
      <Fates topic={topic} />
      <Appearances topic={topic} />
    </>
  );
}

type JudgedViewProps = {
  judged: Judged;
  snapshot: Topic["snapshot"];
  cursor: string | undefined;
  advice: ReactNode;
};

function JudgedView({ judged, snapshot, cursor, advice }: JudgedViewProps) {
  return (
    <>
      <TopicPlace judged={judged} snapshot={snapshot} />
      <KeyNumbers judged={judged} snapshot={snapshot} />
      {advice}
      <TopicSeries judged={judged} snapshot={snapshot} />
      <Evidence judged={judged} cursor={cursor} />
      <Adoption judged={judged} />
      <Products judged={judged} />
      <Related judged={judged} snapshot={String(snapshot.id)} />
      <Arithmetic judged={judged} snapshot={snapshot} />
      <Gates judged={judged} />
      {judged.phase && judged.phase_numbers ? (
        <PhaseNumbers phase={judged.phase} numbers={judged.phase_numbers} />
      ) : null}
      <Changes changes={judged.phase_numbers?.changes ?? []} />
    </>
  );
}
