import { Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { SeriesChart } from "@/charts/series-chart";
import { count } from "@/format/numbers";
import { CopyableCommand } from "@/ui/copyable-command";
import { Section } from "@/ui/section";
import type { Judged, Topic } from "./queries";
import { storiesLeftOut } from "./series";

type TopicSeriesProps = { judged: Judged; snapshot: Topic["snapshot"] };

/** The days behind a judgement; where none were kept, why. */
export function TopicSeries({ judged, snapshot }: TopicSeriesProps) {
  const { t } = useTranslation();
  const leftOut = storiesLeftOut(judged);
  return (
    <Section title={t("signal.series.title")}>
      {judged.history.length > 0 ? (
        <>
          <SeriesChart
            label={t("signal.series.chart", { name: judged.name })}
            days={judged.history}
            onset={judged.onset}
          />
          {leftOut > 0 ? (
            <Text size="sm" mt="xs">
              {t("signal.series.mute", { count: leftOut, shown: count(leftOut) })}
            </Text>
          ) : null}
        </>
      ) : judged.place === "drop" ? (
        <Text>{t("signal.series.noneDrop")}</Text>
      ) : (
        <Stack gap="xs" align="flex-start">
          <Text maw="75ch">{t("signal.series.noneOld")}</Text>
          <CopyableCommand command={detectAgain(snapshot)} />
        </Stack>
      )}
    </Section>
  );
}

function detectAgain({ as_of, simulated, parameters }: Topic["snapshot"]): string {
  const more = [
    parameters.q === 0.1 ? "" : ` --q ${parameters.q}`,
    parameters.technology_only ? "" : " --everything",
    simulated ? " --simulated" : "",
  ].join("");
  return `nophantom trends detect --as-of ${as_of}${more}`;
}
