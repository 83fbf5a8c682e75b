import { Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { type Line, LinesChart } from "@/charts/lines-chart";
import { ScorePlot } from "@/charts/score-plot";
import { amount, count, decimal, percent } from "@/format/numbers";
import { useWord } from "@/i18n/words";
import { Section } from "@/ui/section";
import { Stat, Stats } from "@/ui/stat";
import styles from "./backtests.module.css";
import { shareText } from "./numbers";
import type { Null } from "./queries";

type NullViewProps = { of: Null; tiers: string[] };

/** What was flagged where nothing can be found, altogether and by how often a topic is told of. */
export function NullView({ of, tiers }: NullViewProps) {
  const { t } = useTranslation();
  const word = useWord();
  const title = word("permutation", of.permutation);
  const [every, ...byTier] = of.flags;
  const nameOf = (tier: number | null) =>
    tier === null ? t("backtest.null.all") : (tiers[tier] ?? String(tier));
  return (
    <Section title={title} lead={t(`backtest.null.means.${of.permutation}`)}>
      {every ? (
        <Stats>
          <Stat
            label={t("backtest.null.any")}
            value={t("backtest.null.of", { some: count(every.with_any), all: count(every.n) })}
            note={shareText(every.share)}
          />
          <Stat
            label={t("backtest.null.flags")}
            value={count(every.flags)}
            note={t("backtest.null.runs", {
              fast: count(of.fast?.with_any),
              slow: count(of.slow?.with_any),
            })}
          />
          <Stat
            label={t("backtest.null.momentum")}
            value={decimal(of.median_momentum, 3)}
            note={t("backtest.null.momentumNote")}
          />
          {of.boosts.slice(0, 1).map(({ mean, greatest }) => (
            <Stat
              key="boosts"
              label={t("backtest.null.boosts")}
              value={decimal(mean, 2)}
              note={t("backtest.null.boostsNote", { greatest: decimal(greatest, 2) })}
            />
          ))}
        </Stats>
      ) : null}
      <div className={styles.charts}>
        {byTier.length > 0 ? (
          <div className={styles.chart}>
            <p className={styles.chartTitle}>{t("backtest.null.byTier")}</p>
            <ScorePlot
              label={t("backtest.null.chart", { title })}
              rows={byTier.map(({ tier, share }) => ({ label: nameOf(tier), ...share }))}
              axis={t("backtest.null.axis")}
              caption={t("backtest.null.caption", {
                confidence: percent(every?.share.confidence, 0),
              })}
            />
          </div>
        ) : null}
        {of.calibration.length > 0 ? (
          <div className={styles.chart}>
            <p className={styles.chartTitle}>{t("backtest.calibration.title")}</p>
            <LinesChart
              label={t("backtest.calibration.chart", { title })}
              lines={calibrationLines(of, nameOf)}
              x={{ title: t("backtest.calibration.x"), text: powerOfTen }}
              y={{ title: t("backtest.calibration.y"), text: amount }}
              level={{ at: 1, means: t("backtest.calibration.level") }}
            />
            <Text size="sm" c="dimmed">
              {t("backtest.calibration.note")}
            </Text>
          </div>
        ) : null}
      </div>
    </Section>
  );
}

/** One line for all together and one for each tier. */
function calibrationLines(of: Null, nameOf: (tier: number | null) => string): Line[] {
  const tiers = [...new Set(of.calibration.map(({ tier }) => tier))];
  return tiers.map((tier) => ({
    name: nameOf(tier),
    marked: tier === null,
    points: of.calibration
      .filter((point) => point.tier === tier)
      .map(({ level, mean }) => ({ x: Math.log10(level), y: mean })),
  }));
}

function powerOfTen(exponent: number): string {
  return Number.isInteger(exponent) ? count(10 ** exponent) : "";
}
