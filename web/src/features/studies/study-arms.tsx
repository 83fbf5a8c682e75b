import { Text } from "@mantine/core";
import { type UseQueryResult, useQueries, useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { IntervalPlot, type IntervalRow } from "@/charts/interval-plot";
import { NumbersTable } from "@/charts/numbers-table";
import { count, percent, points, pValue, signedPoints } from "@/format/numbers";
import i18n from "@/i18n";
import { Section } from "@/ui/section";
import { VerdictBadge } from "@/ui/verdict-badge";
import { claimsOf, type PlannedClaim } from "./planned";
import {
  type Comparison,
  comparisonQuery,
  type Ground,
  isUnfinished,
  type Pairs,
  pairsQuery,
  type Study,
} from "./queries";
import styles from "./studies.module.css";
import { StudyAnswer } from "./study-answer";

const MOST_PAIRS = 10; // in the figure; the table has all
const USUAL_DELTA = 0.01;
type StudyArmsProps = { study: Study; ground: Ground };

/** The claims that were written down before the data, each with its verdict. */
export function StudyClaims({ study, ground }: StudyArmsProps) {
  const { t } = useTranslation();
  const claims = claimsOf(study);
  const queries = useQueries({
    queries: claims.map((planned) => ({
      ...comparisonQuery(ground, planned),
      enabled: ground.isReady,
    })),
  });
  const answered = queries.flatMap(({ data }) => (data === undefined ? [] : [data]));
  if (claims.length === 0) return null;
  return (
    <Section
      title={t("study.claims.title")}
      lead={
        isUnfinished(study)
          ? `${t("study.claims.lead")} ${t("study.claims.interim")}`
          : t("study.claims.lead")
      }
    >
      <ul className={styles.claims}>
        {claims.map((planned, index) => (
          <li key={nameOf(planned)}>
            <Claim planned={planned} query={queries[index]} isEarly={ground.isEarly} />
          </li>
        ))}
      </ul>
      {[...new Set(answered.map(({ ruling }) => ruling.claim.delta))].map((delta) => (
        <IntervalPlot
          key={delta}
          label={t("study.claims.chart")}
          rows={answered.filter(({ ruling }) => ruling.claim.delta === delta).map(rowOf)}
          delta={delta}
          confidence={answered[0]?.finding.estimate.confidence ?? 0}
        />
      ))}
    </Section>
  );
}

const nameOf = ({ first, second }: PlannedClaim) => i18n.t("study.arms.pair", { first, second });

function rowOf({ first, second, finding, ruling }: Comparison): IntervalRow {
  const label = i18n.t("study.arms.pair", { first: first.name, second: second.name });
  return { label, ...ends(finding.estimate), verdict: ruling.verdict };
}

type ClaimProps = {
  planned: PlannedClaim;
  query: UseQueryResult<Comparison> | undefined;
  isEarly: boolean;
};

function Claim({ planned, query, isEarly }: ClaimProps) {
  const { t } = useTranslation();
  const { first, second, claim } = planned;
  const sentence = t(`study.claims.${claim.direction}`, { first, second });
  return (
    <>
      <Text fw={600}>{sentence}</Text>
      {query === undefined || isEarly ? null : (
        <StudyAnswer label={sentence} query={query} height={48}>
          {({ ruling, seeds_needed: needed, setting }) => (
            <Text size="sm">
              <VerdictBadge verdict={ruling.verdict} /> {ruling.reason}{" "}
              {needed === null ? null : t("study.claims.needed", { n: count(needed) })}{" "}
              {setting.step === null
                ? null
                : t("study.claims.on", {
                    split: setting.split ?? t("format.unknown"),
                    step: count(setting.step),
                  })}
            </Text>
          )}
        </StudyAnswer>
      )}
    </>
  );
}

/** Every pair of arms, with intervals that hold together. */
export function StudyArms({ study, ground }: StudyArmsProps) {
  const { t } = useTranslation();
  const query = useQuery({ ...pairsQuery(ground), enabled: ground.isReady });
  if (study.arms.length < 2 || (study.arms.length === 2 && claimsOf(study).length > 0)) return null;
  return (
    <Section title={t("study.arms.title")} lead={t("study.arms.lead")}>
      <StudyAnswer label={t("study.arms.waiting")} query={query} height={300}>
        {(pairs) => <Told pairs={pairs} />}
      </StudyAnswer>
    </Section>
  );
}

function Told({ pairs: answer }: { pairs: Pairs }) {
  const { t } = useTranslation();
  const { pairs, confidence } = answer;
  const name = (first: string, second: string) => t("study.arms.pair", { first, second });
  const strongest = pairs
    .toSorted((a, b) => Math.abs(b[2].point) - Math.abs(a[2].point))
    .slice(0, MOST_PAIRS);
  return (
    <>
      {pairs.length > MOST_PAIRS ? (
        <Text size="sm" mb="xs">
          {t("study.arms.some", { shown: count(MOST_PAIRS), all: count(pairs.length) })}
        </Text>
      ) : null}
      <IntervalPlot
        label={t("study.arms.chart")}
        rows={strongest.map(([first, second, estimate]) => ({
          label: name(first, second),
          ...ends(estimate),
        }))}
        delta={USUAL_DELTA}
        confidence={confidence}
      />
      <NumbersTable
        label={t("study.arms.chart")}
        head={[
          t("study.arms.which"),
          t("study.arms.difference"),
          t("study.arms.interval", { confidence: percent(confidence, 0) }),
          t("study.arms.p"),
        ]}
        rows={pairs.map(([first, second, { point, low, high }, p]) => [
          name(first, second),
          points(point),
          t("study.arms.range", { low: signedPoints(low), high: signedPoints(high) }),
          pValue(p),
        ])}
      />
    </>
  );
}

function ends({ point, low, high }: { point: number; low: number | null; high: number | null }) {
  return { point, low, high };
}
