import { Button, List, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Shape } from "@/api/shapes";
import { day } from "@/format/dates";
import { amount, count, eValue, times } from "@/format/numbers";
import { useWord } from "@/i18n/words";
import { ExternalLink } from "@/ui/external-link";
import { Question } from "@/ui/question";
import { Section } from "@/ui/section";
import { explanationQuery, type Topic } from "./queries";

type Found = Shape<"ReckonedOut">;

/** What a snapshot does not list, reckoned from the documents when it is asked for: that takes a while. */
export function Reckoned({ slug, snapshot }: { slug: string; snapshot: Topic["snapshot"] }) {
  const { t } = useTranslation();
  const [asked, setAsked] = useState(false);
  const query = useQuery({ ...explanationQuery(slug, snapshot.id), enabled: asked });
  return (
    <Section title={t("signal.reckoned.title")} lead={t("signal.reckoned.lead")}>
      {asked ? (
        <Question label={t("signal.reckoned.title")} query={query} height={240}>
          {({ topic }) =>
            topic ? <Told topic={topic} /> : <Text>{t("signal.reckoned.never")}</Text>
          }
        </Question>
      ) : (
        <Button variant="default" onClick={() => setAsked(true)}>
          {t("signal.reckoned.ask")}
        </Button>
      )}
    </Section>
  );
}

/** Where and when it was read, what it would be, and what it lacks. */
export function Told({ topic }: { topic: Found }) {
  const { t } = useTranslation();
  return (
    <Stack gap="xs" maw="75ch">
      <Text>
        {topic.missing > 0
          ? t("signal.reckoned.missing", { count: topic.missing, shown: count(topic.missing) })
          : t("signal.reckoned.enough")}{" "}
        {t("signal.reckoned.read", { count: topic.stories, shown: count(topic.stories) })}{" "}
        {topic.entered
          ? t("signal.reckoned.entered", { day: day(topic.entered) })
          : t("signal.reckoned.notEntered")}
      </Text>
      <List size="sm">
        {topic.told_in.map((one) => (
          <List.Item key={one.stratum}>
            {t("signal.reckoned.toldIn", {
              stratum: one.stratum,
              stories: count(one.stories),
              recent: count(one.recent),
              first: day(one.first),
              last: day(one.last),
            })}
            {one.is_mute ? ` ${t("signal.reckoned.mute")}` : ""}
          </List.Item>
        ))}
      </List>
      {topic.would_be ? <WouldBe of={topic.would_be} needed={topic.log_needed} /> : null}
      <List size="sm">
        {topic.documents.map((document) => (
          <List.Item key={document.native_id}>
            {day(document.first_seen)}{" "}
            <ExternalLink href={document.url}>{document.title || document.native_id}</ExternalLink>
          </List.Item>
        ))}
      </List>
    </Stack>
  );
}

type WouldBeProps = { of: NonNullable<Found["would_be"]>; needed: number };

function WouldBe({ of, needed }: WouldBeProps) {
  const { t } = useTranslation();
  const word = useWord();
  return (
    <>
      <Text>
        {t("signal.reckoned.rates", {
          stories: count(of.stories),
          expected: amount(of.expected),
          ratio: times(of.ratio),
          low: times(of.ratio_low),
          high: times(of.ratio_high),
          momentum: times(of.momentum_low),
          e: eValue(of.log_e),
          needed: eValue(needed),
        })}
      </Text>
      <Text>
        {of.reason
          ? t("signal.reckoned.dropped", { reason: word("candidate_drop", of.reason) })
          : of.needed === null
            ? t("signal.reckoned.watchedNone")
            : t("signal.reckoned.watched", { count: of.needed, shown: count(of.needed) })}
      </Text>
    </>
  );
}
