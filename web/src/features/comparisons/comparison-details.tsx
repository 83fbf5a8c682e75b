import { Title } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Shape } from "@/api/shapes";
import { GraderDrift } from "@/ui/grader-drift";
import styles from "./comparisons.module.css";
import type { Comparison } from "./queries";

const QUESTIONS = {
  checkpoints: "compare.question.checkpoints",
  recipes: "compare.question.recipes",
  seeds: "compare.question.seeds",
  selection: "compare.question.selection",
  ensemble: "compare.question.ensemble",
  trajectory: "compare.question.trajectory",
  problems: "compare.question.problems",
  calibration: "compare.question.calibration",
  gate: "compare.question.gate",
  effects: "compare.question.effects",
  probes: "compare.question.probes",
} as const satisfies Record<Shape<"Question">, string>;

/** What a reader needs in order to trust the verdict, and what it does not say. */
export function ComparisonDetails({ comparison }: { comparison: Comparison }) {
  const { t } = useTranslation();
  const { question, method, first, grader_drift: drift } = comparison;
  return (
    <section aria-labelledby="compare-details">
      <Title order={2} size="h4" mt="lg" mb="xs" id="compare-details">
        {t("compare.details.title")}
      </Title>
      <dl className={styles.details}>
        <Detail name={t("compare.details.question")}>{t(QUESTIONS[question])}</Detail>
        <Detail name={t("compare.details.method")}>{method}</Detail>
        <Detail name={t("compare.details.grader")}>
          {t("compare.details.graderName", { name: first.grader, version: first.grader_version })}
        </Detail>
        <Detail name={t("compare.details.drift")}>
          <GraderDrift drift={drift} />
        </Detail>
        <Detail name={t("compare.details.notCovered")}>
          <ul className="np-plain-list">
            {comparison.not_covered.map((sentence) => (
              <li key={sentence}>{sentence}</li>
            ))}
          </ul>
        </Detail>
      </dl>
    </section>
  );
}

function Detail({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  );
}
