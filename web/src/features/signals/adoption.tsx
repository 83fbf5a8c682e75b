import { Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { LinesChart } from "@/charts/lines-chart";
import { month } from "@/format/dates";
import { compact, count } from "@/format/numbers";
import { useWord } from "@/i18n/words";
import { Section } from "@/ui/section";
import { type AdoptionSeries, byMeasure, isoMonth, pointsOf } from "./adoption-series";
import type { Judged } from "./queries";

/** How often products that bear the topic's name are downloaded or starred; nothing where none is known. */
export function Adoption({ judged }: { judged: Judged }) {
  const { t } = useTranslation();
  if (judged.adoption.length === 0) return null;
  return (
    <Section title={t("signal.adoption.title")} lead={t("signal.adoption.lead")}>
      {byMeasure(judged.adoption).map(([measure, series]) => (
        <OfMeasure key={measure} measure={measure} series={series} name={judged.name} />
      ))}
    </Section>
  );
}

type OfMeasureProps = {
  measure: AdoptionSeries["measure"];
  series: AdoptionSeries[];
  name: string;
};

function OfMeasure({ measure, series, name }: OfMeasureProps) {
  const { t } = useTranslation();
  const word = useWord();
  const title = word("measure", measure);
  const monthAt = (value: number) => month(isoMonth(value));
  const wholeMonth = (value: number) => (Number.isInteger(value) ? monthAt(value) : "");
  return (
    <>
      <Text fw={600} mt="sm">
        {title}
      </Text>
      <LinesChart
        label={t("signal.adoption.chart", { name, measure: title })}
        lines={series.map((one) => ({ name: one.product, points: pointsOf(one) }))}
        x={{ title: t("signal.adoption.month"), text: monthAt, tick: wholeMonth }}
        y={{ title, text: count, tick: compact }}
      />
    </>
  );
}
