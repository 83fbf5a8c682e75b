import { Paper, Text, Title } from "@mantine/core";
import { Info } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { IntervalPlot } from "@/charts/interval-plot";
import { count, percent, points, pValue, signedPoints } from "@/format/numbers";
import { evaluationName, remarks, rightOf } from "@/format/remarks";
import { Breakable } from "@/ui/breakable";
import { PageLink } from "@/ui/link";
import { SimulatedBanner } from "@/ui/simulated-banner";
import { Stat, Stats } from "@/ui/stat";
import { VerdictBadge } from "@/ui/verdict-badge";
import { ComparisonDetails } from "./comparison-details";
import styles from "./comparisons.module.css";
import type { Comparison, Evaluation } from "./queries";
import { claimSentence, whatDecides } from "./sentences";

/** The verdict first, then the numbers and the picture it rests on, then what it leaves out. */
export function ComparisonAnswer({ comparison }: { comparison: Comparison }) {
  const { t } = useTranslation();
  const { first, second, interval, difference, verdict, confidence, claim } = comparison;
  const [low, high] = interval ?? [null, null];
  const label = t("compare.against", { first: first.reference, second: second.reference });
  return (
    <>
      {comparison.simulated ? <SimulatedBanner /> : null}
      <VerdictPanel comparison={comparison} />
      <Numbers comparison={comparison} />
      <IntervalPlot
        label={t("compare.plot", { pair: label })}
        rows={[{ label, point: difference, low, high, verdict }]}
        delta={claim.delta}
        confidence={confidence}
      />
      <ComparisonDetails comparison={comparison} />
    </>
  );
}

function VerdictPanel({ comparison }: { comparison: Comparison }) {
  const { t } = useTranslation();
  const { verdict, reason, claim, exploratory, missing, planted, n } = comparison;
  const needed = comparison.problems_needed;
  return (
    <Paper withBorder p="md" mb="md" component="section" aria-label={t("compare.verdict")}>
      <Title order={2} size="h4" mb="xs" className={styles.verdict}>
        <VerdictBadge verdict={verdict} size="lg" />
      </Title>
      <Text size="lg" className={styles.reason}>
        {reason}
      </Text>
      {needed ? <Text mt={4}>{whatDecides(needed, n)}.</Text> : null}
      <Text mt="xs" size="sm">
        {t("compare.claim.summary", { claim: claimSentence(claim) })}
      </Text>
      <Note strong={exploratory}>
        {exploratory ? t("compare.exploratory") : t("compare.preregistered")}
      </Note>
      {missing ? (
        <Note strong>
          {t("compare.missing", {
            first: count(missing.first_lacks),
            second: count(missing.second_lacks),
            n: count(missing.n),
            low: signedPoints(missing.low),
            high: signedPoints(missing.high),
          })}
        </Note>
      ) : null}
      {planted === null ? null : (
        <Note>{t("compare.planted", { planted: signedPoints(planted) })}</Note>
      )}
    </Paper>
  );
}

/** What must be known together with the verdict. */
function Note({ strong = false, children }: { strong?: boolean; children: ReactNode }) {
  return (
    <Text mt={4} size="sm" fw={strong ? 600 : undefined} className={styles.note}>
      <Info size={16} aria-hidden />
      <span>{children}</span>
    </Text>
  );
}

function Numbers({ comparison }: { comparison: Comparison }) {
  const { t } = useTranslation();
  const { difference, interval, confidence, n, first, second, gained, lost, method } = comparison;
  const { p_value, p_exact, p_mid } = comparison;
  return (
    <Stats>
      <Stat
        label={t("compare.numbers.difference")}
        value={points(difference)}
        note={
          interval
            ? t("compare.numbers.interval", {
                confidence: percent(confidence, 0),
                low: signedPoints(interval[0]),
                high: signedPoints(interval[1]),
              })
            : t("compare.numbers.noInterval")
        }
      />
      <Score label={t("compare.first")} of={first} right={comparison.first_right} n={n} />
      <Score label={t("compare.second")} of={second} right={comparison.second_right} n={n} />
      <Stat
        label={t("compare.numbers.flipped")}
        value={t("compare.numbers.gainedLost", { gained: count(gained), lost: count(lost) })}
        note={t("compare.numbers.flippedNote", { n: count(n), problemSet: first.problem_set })}
      />
      {p_exact === null ? (
        <Stat label={t("compare.numbers.p")} value={pValue(p_value)} note={method} />
      ) : (
        <Stat
          label={t("compare.numbers.mcnemar")}
          value={pValue(p_exact)}
          note={t("compare.numbers.midP", { p: pValue(p_mid) })}
        />
      )}
    </Stats>
  );
}

type ScoreProps = { label: string; of: Evaluation; right: number; n: number };

/** The score on the problems of both, and what has to be known about the run's whole evaluation. */
function Score({ label, of, right, n }: ScoreProps) {
  const { t } = useTranslation();
  // The banner says it of the whole page.
  const told = remarks({ ...of, simulated: false });
  return (
    <Stat
      label={label}
      value={n > 0 ? percent(right / n, 2) : percent(null)}
      note={
        <>
          {t("compare.numbers.right", { rightOf: rightOf(right, n) })}
          <br />
          <PageLink to="/runs/$reference" params={{ reference: of.reference }}>
            {of.reference} <Breakable name={evaluationName(of)} />
          </PageLink>
          {told.length > 0 ? (
            <>
              <br />
              {told.join("; ")}
            </>
          ) : null}
        </>
      }
    />
  );
}
