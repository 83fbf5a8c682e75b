import { Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { type Line, LinesChart } from "@/charts/lines-chart";
import { amount, count, percent } from "@/format/numbers";
import { Section } from "@/ui/section";
import styles from "./backtests.module.css";
import type { Backtest } from "./queries";

type Recall = Backtest["recalls"][number]["rates"][number];

/** Bursts with a known beginning that were put in: how many each rule found, and how soon. */
export function Bursts({ backtest }: { backtest: Backtest }) {
  const { t } = useTranslation();
  const lines = (pointOf: (at: Recall, rate: number) => Line["points"][number]): Line[] =>
    backtest.recalls.map(({ rule, rates }) => ({
      name: rule,
      marked: rule === backtest.ours,
      points: rates.flatMap((at) => (at.rate === null ? [] : [pointOf(at, at.rate)])),
    }));
  const rate = { title: t("backtest.bursts.rate"), text: amount };
  const delays = lines(({ delays: [low, y, high] }, x) => ({ x, y, low, high }));
  const found = lines(({ recall }, x) => ({
    x,
    y: recall.point,
    low: recall.low,
    high: recall.high,
  }));
  const copies = backtest.recalls.flatMap(({ rule, rates }) =>
    rates.flatMap((at) =>
      at.rate === null
        ? [t("backtest.bursts.copy", { rule, found: count(at.found), all: count(at.n) })]
        : [],
    ),
  );
  return (
    <Section title={t("backtest.bursts.title")} lead={t("backtest.bursts.lead")}>
      <div className={styles.charts}>
        <div className={styles.chart}>
          <p className={styles.chartTitle}>{t("backtest.bursts.delayTitle")}</p>
          <LinesChart
            label={t("backtest.bursts.delayTitle")}
            lines={delays}
            x={rate}
            y={{ title: t("backtest.bursts.delay"), text: count }}
          />
        </div>
        <div className={styles.chart}>
          <p className={styles.chartTitle}>{t("backtest.bursts.recallTitle")}</p>
          <LinesChart
            label={t("backtest.bursts.recallTitle")}
            lines={found}
            x={rate}
            y={{ title: t("backtest.bursts.recall"), text: (value) => percent(value, 0) }}
          />
        </div>
      </div>
      {copies.length > 0 ? (
        <Text size="sm" mt="sm">
          {t("backtest.bursts.copies")} {copies.join(" · ")}
        </Text>
      ) : null}
      <Text size="sm" c="dimmed" mt="sm" maw="75ch">
        {t("backtest.bursts.note")}
      </Text>
    </Section>
  );
}
