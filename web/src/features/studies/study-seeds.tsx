import { Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { NumbersTable } from "@/charts/numbers-table";
import { ScorePlot, type ScoreRow } from "@/charts/score-plot";
import { StripPlot } from "@/charts/strip-plot";
import { count, decimal, percent } from "@/format/numbers";
import { Section } from "@/ui/section";
import { VerdictBadge } from "@/ui/verdict-badge";
import { type Ground, type Seeds, type Study, seedsQuery } from "./queries";
import styles from "./studies.module.css";
import { StudyAnswer } from "./study-answer";

type Arm = Seeds["arms"][number];
type StudySeedsProps = { study: Study; ground: Ground };

const FEW_ARMS = 4; // of more the details are folded away
const Z = 1.96; // 95% of a normal spread

/** How far seeds differ beyond the noise of the test, and what the best of them would score. */
export function StudySeeds({ study, ground }: StudySeedsProps) {
  const { t } = useTranslation();
  const query = useQuery({ ...seedsQuery(ground), enabled: ground.isReady });
  // The best of one seed is the mean seed: its honest estimate is the mean with its interval.
  const { data: ofOne } = useQuery({ ...seedsQuery(ground, 1), enabled: query.isSuccess });
  return (
    <Section title={t("study.seeds.title")} lead={t("study.seeds.lead")}>
      <StudyAnswer label={t("study.seeds.waiting")} query={query} height={420}>
        {(seeds) => <Spread study={study} seeds={seeds} means={ofOne} />}
      </StudyAnswer>
    </Section>
  );
}

type SpreadProps = { study: Study; seeds: Seeds; means: Seeds | undefined };

function Spread({ study, seeds, means }: SpreadProps) {
  const { t } = useTranslation();
  const chosen = study.selections.at(-1)?.run_ids ?? [];
  const { setting } = seeds;
  const meanOf = (arm: Arm) => means?.arms.find((one) => one.arm === arm.arm)?.best.honest ?? null;
  const hasChosen = seeds.arms.some((arm) =>
    arm.seeds.some(({ run_id }) => run_id !== null && chosen.includes(run_id)),
  );
  const label = t("study.seeds.chart", { name: study.name });
  return (
    <>
      <Text size="sm" c="dimmed" mb="xs">
        {setting.step === null
          ? t("study.seeds.of", { split: setting.split ?? t("format.unknown") })
          : t("study.seeds.ofStep", {
              split: setting.split ?? t("format.unknown"),
              step: count(setting.step),
            })}
      </Text>
      <StripPlot
        label={label}
        marked={hasChosen ? t("study.seeds.chosen") : undefined}
        rows={seeds.arms.map((arm) => ({
          label: arm.arm,
          mean: arm.mean,
          low: meanOf(arm)?.low ?? null,
          high: meanOf(arm)?.high ?? null,
          noise:
            arm.yardstick === null
              ? null
              : { low: arm.mean - Z * arm.yardstick, high: arm.mean + Z * arm.yardstick },
          dots: arm.seeds.map((seed) => ({
            name: seed.run,
            score: seed.accuracy,
            marked: seed.run_id !== null && chosen.includes(seed.run_id),
          })),
        }))}
      />
      <NumbersTable
        label={label}
        head={[t("study.seeds.run"), t("study.seeds.accuracy")]}
        rows={seeds.arms.flatMap((arm) =>
          arm.seeds.map((seed) => [seed.run, percent(seed.accuracy, 2)]),
        )}
      />
      <div className={styles.arms}>
        {seeds.arms.map((arm) => (
          <ArmSpread key={arm.arm} arm={arm} isOpen={seeds.arms.length <= FEW_ARMS} />
        ))}
      </div>
      <Text size="sm" c="dimmed" maw="75ch" mt="xs">
        {t("study.maxima.caption")}
      </Text>
    </>
  );
}

function ArmSpread({ arm, isOpen }: { arm: Arm; isOpen: boolean }) {
  const { t } = useTranslation();
  const { reliability, seed_sd: sd, best } = arm;
  return (
    <article>
      <Title order={3} size="h5" mb={4}>
        {arm.arm}
      </Title>
      <Text size="sm">
        <VerdictBadge verdict={arm.verdict} />{" "}
        {t("study.seeds.verdict", { n: count(arm.seeds.length), reason: arm.reason })}
      </Text>
      {reliability ? (
        <Text size="sm" mt={4}>
          {t("study.seeds.reliability", {
            r: decimal(reliability.point, 2),
            low: decimal(reliability.low, 2),
            high: decimal(reliability.high, 2),
            sd: sd ? decimal(100 * sd.point, 2) : t("format.unknown"),
          })}
        </Text>
      ) : null}
      <Maxima best={best} arm={arm.arm} isOpen={isOpen} />
    </article>
  );
}

/** The expected maximum four ways, side by side; three are of scores that were seen, one is honest. */
function Maxima({ best, arm, isOpen }: { best: Arm["best"]; arm: string; isOpen: boolean }) {
  const { t } = useTranslation();
  const ways = {
    asymptotic: t("study.maxima.asymptotic"),
    normal: t("study.maxima.normal"),
    empirical: t("study.maxima.empirical"),
    honest: t("study.maxima.honest"),
  } as const;
  const rows = Object.entries(ways).flatMap(([way, label]): ScoreRow[] => {
    const found = best[way as keyof typeof ways];
    if (found === null) return [];
    const { point, low, high } = found;
    return [{ label, point, low, high, marked: way === "honest" }];
  });
  const about = [best.about_normal, best.about_empirical, best.about_honest].filter(
    (text) => text !== null,
  );
  if (rows.length === 0) return null;
  return (
    <details open={isOpen} className={styles.fold}>
      <summary>{t("study.maxima.title", { n: count(best.n) })}</summary>
      <ScorePlot
        label={t("study.maxima.chart", { n: count(best.n), arm })}
        rows={rows}
        caption={about.join(" ")}
      />
    </details>
  );
}
