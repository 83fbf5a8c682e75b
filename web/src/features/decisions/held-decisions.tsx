import { useTranslation } from "react-i18next";
import { moment } from "@/format/dates";
import { useWord } from "@/i18n/words";
import styles from "./decisions.module.css";
import type { Decision } from "./queries";
import { UndoButton } from "./undo-button";

/** The decisions that hold and concern a topic, each with its way back. */
export function HeldDecisions({ decisions }: { decisions: Decision[] }) {
  const { t } = useTranslation();
  const word = useWord();
  if (decisions.length === 0) return null;
  return (
    <ul className={styles.held} aria-label={t("decide.held")}>
      {decisions.map(({ number, kind, words, other, reason, at }) => (
        <li key={number}>
          <span>
            {t("decide.decided", {
              number,
              words,
              kind: word("decision_kind", kind),
              at: moment(at),
            })}{" "}
            {other ? t("decide.other", { other }) : null}{" "}
            {reason ? t("decide.because", { reason }) : null}
          </span>{" "}
          <UndoButton number={number} />
        </li>
      ))}
    </ul>
  );
}
