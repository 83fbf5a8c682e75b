import { Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { IntervalPlot } from "@/charts/interval-plot";
import { NumbersTable } from "@/charts/numbers-table";
import { count, percent, points, pValue, signedPoints } from "@/format/numbers";
import { Section } from "@/ui/section";
import { VerdictBadge } from "@/ui/verdict-badge";
import { type Effects, effectsQuery, type Ground } from "./queries";
import styles from "./studies.module.css";
import { StudyAnswer } from "./study-answer";

/** What each factor of the arms brings, and whether factors help each other. */
export function StudyFactors({ ground }: { ground: Ground }) {
  const { t } = useTranslation();
  const query = useQuery({ ...effectsQuery(ground), enabled: ground.isReady });
  return (
    <Section title={t("study.factors.title")} lead={t("study.factors.lead")}>
      <StudyAnswer label={t("study.factors.waiting")} query={query} height={360}>
        {(effects) => <Told answer={effects} />}
      </StudyAnswer>
    </Section>
  );
}

function Told({ answer }: { answer: Effects }) {
  const { t } = useTranslation();
  const { effects, claim, confidence, missing, outside } = answer;
  return (
    <>
      {effects.length > 0 ? (
        <IntervalPlot
          label={t("study.factors.chart")}
          rows={effects.map(({ name, finding: { estimate }, ruling }) => ({
            label: name,
            point: estimate.point,
            low: estimate.low,
            high: estimate.high,
            verdict: ruling.verdict,
          }))}
          delta={claim.delta}
          confidence={confidence}
        />
      ) : null}
      <ul className={styles.claims}>
        {effects.map(({ name, ruling, seeds_needed: needed }) => (
          <li key={name}>
            <Text size="sm">
              <VerdictBadge verdict={ruling.verdict} />{" "}
              {t("study.factors.sentence", { name, reason: ruling.reason })}{" "}
              {needed === null || ruling.verdict !== "undecided"
                ? null
                : t("study.claims.needed", { n: count(needed) })}
            </Text>
          </li>
        ))}
      </ul>
      {missing.length > 0 ? (
        <Text size="sm">{t("study.factors.missing", { names: missing.join("; ") })}</Text>
      ) : null}
      {outside.length > 0 ? (
        <Text size="sm">{t("study.factors.outside", { arms: outside.join(", ") })}</Text>
      ) : null}
      <NumbersTable
        label={t("study.factors.chart")}
        head={[
          t("study.factors.effect"),
          t("study.arms.difference"),
          t("study.arms.interval", { confidence: percent(confidence, 0) }),
          t("study.arms.p"),
        ]}
        rows={effects.map(({ name, finding: { estimate, p_value: p } }) => [
          name,
          points(estimate.point),
          t("study.arms.range", {
            low: signedPoints(estimate.low),
            high: signedPoints(estimate.high),
          }),
          pValue(p),
        ])}
      />
    </>
  );
}
