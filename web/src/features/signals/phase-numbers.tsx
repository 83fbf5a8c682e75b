import { useTranslation } from "react-i18next";
import type { Shape } from "@/api/shapes";
import { amount, count, times } from "@/format/numbers";
import type { WordOf } from "@/i18n/words";
import { Section } from "@/ui/section";
import styles from "./phase-numbers.module.css";

type Phase = WordOf<"phase">;

/** The binding order, as in src/nophantom/trends/phases.py. */
const ORDER: Phase[] = ["unknown", "emerging", "growing", "declining", "mature"];

type PhaseNumbersProps = { phase: Phase; numbers: Shape<"PhaseNumbersOut"> };

/** The rules in their order, with the numbers of this topic, and which of them decided. */
export function PhaseNumbers({ phase, numbers }: PhaseNumbersProps) {
  const { t } = useTranslation();
  const told = {
    degraded: numbers.degraded ? t("signal.phase.yes") : t("signal.phase.no"),
    expected: amount(numbers.expected_at_onset),
    age: t("signal.phase.age", { count: numbers.onset_age, shown: count(numbers.onset_age) }),
    low: times(numbers.growth_low),
    high: times(numbers.growth_high),
  };
  return (
    <Section title={t("signal.phase.title")} lead={t("signal.phase.lead")}>
      <ol className={styles.rules}>
        {ORDER.map((rule) => (
          <li key={rule} aria-current={rule === phase || undefined}>
            {t(`signal.phase.rule.${rule}`, told)}{" "}
            {rule === phase ? (
              <strong className={styles.applied}>{t("signal.phase.applied")}</strong>
            ) : null}
          </li>
        ))}
      </ol>
    </Section>
  );
}
