import { Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { count, eValue, percent, times } from "@/format/numbers";
import { useWord } from "@/i18n/words";
import { TopicLink } from "@/ui/link";
import { toldByName } from "./gates";
import { PlaceNote } from "./place-note";
import type { Judged, Topic } from "./queries";

type TopicPlaceProps = { judged: Judged; snapshot: Topic["snapshot"] };

/** What it means that the topic ended where it did; why it is no signal, or what would make it one. */
export function TopicPlace({ judged, snapshot }: TopicPlaceProps) {
  return (
    <PlaceNote
      place={judged.place}
      note={
        <Stack gap="xs" maw="75ch">
          <Meaning judged={judged} snapshot={snapshot} />
        </Stack>
      }
    />
  );
}

function Meaning({ judged, snapshot }: TopicPlaceProps) {
  if (judged.place === "signal") return <OfSignal judged={judged} snapshot={snapshot} />;
  if (judged.place === "watch") return <OfWatched judged={judged} snapshot={snapshot} />;
  return <OfDrop judged={judged} snapshot={snapshot} />;
}

function OfSignal({ judged, snapshot }: TopicPlaceProps) {
  const { t } = useTranslation();
  const { q, confirm_shown, confirm_days } = snapshot.parameters;
  const numbers = { q: percent(q, 0), shown: confirm_shown, days: confirm_days };
  if (judged.standing === "withdrawn") return <Text>{t("signal.place.signalWithdrawn")}</Text>;
  return (
    <Text>
      {judged.standing === "confirmed"
        ? t("signal.place.signalConfirmed", numbers)
        : t("signal.place.signalShown", numbers)}
    </Text>
  );
}

function OfWatched({ judged, snapshot }: TopicPlaceProps) {
  const { t } = useTranslation();
  const word = useWord();
  const { needed, rates_phase } = judged;
  return (
    <>
      <Text>
        {t("signal.place.watch")}{" "}
        {t("signal.place.eValue", {
          e: eValue(judged.log_e),
          threshold: eValue(snapshot.log_threshold),
          topics: count(snapshot.n_topics),
          q: percent(snapshot.parameters.q, 0),
        })}
      </Text>
      {judged.part_of ? (
        <Text>
          {t("signal.place.partOf")}{" "}
          <TopicLink slug={judged.part_of.slug} snapshot={String(snapshot.id)}>
            {judged.part_of.name}
          </TopicLink>
          .
        </Text>
      ) : null}
      <Text>
        <strong>{t("signal.place.decide")}</strong>{" "}
        {needed === null
          ? t("signal.place.neededNone")
          : t("signal.place.needed", { count: needed, shown: count(needed) })}{" "}
        {rates_phase ? t("signal.place.ratesPhase", { phase: word("phase", rates_phase) }) : null}
      </Text>
    </>
  );
}

function OfDrop({ judged, snapshot }: TopicPlaceProps) {
  const { t } = useTranslation();
  const { gates, reason, told_by } = judged;
  if (reason === null) return null;
  return (
    <Text>
      <strong>{t("signal.place.why")}</strong>{" "}
      {t(`signal.because.${reason}`, {
        stories: count(judged.stories),
        support: count(snapshot.parameters.min_support),
        ratioHigh: times(judged.ratio_high),
        phantomBelow: times(snapshot.parameters.phantom_below),
        ...toldByName(gates),
      })}
      {told_by ? (
        <>
          {" "}
          {t("signal.place.toldBy")}{" "}
          <TopicLink slug={told_by.slug} snapshot={String(snapshot.id)}>
            {told_by.name}
          </TopicLink>
          .
        </>
      ) : null}
    </Text>
  );
}
