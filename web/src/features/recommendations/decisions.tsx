import { useTranslation } from "react-i18next";
import { moment } from "@/format/dates";
import { useWord } from "@/i18n/words";
import { CopyableCommand } from "@/ui/copyable-command";
import styles from "./advice.module.css";
import type { Decided } from "./queries";

/** What people decided about a topic, and how each is taken back. */
export function Decisions({ decisions }: { decisions: Decided[] }) {
  const { t } = useTranslation();
  const word = useWord();
  if (decisions.length === 0) return null;
  return (
    <ul className={styles.decisions} aria-label={t("advice.decisions")}>
      {decisions.map(({ number, kind, words, other, reason, at }) => (
        <li key={number}>
          {t("advice.decided", {
            number,
            words,
            kind: word("decision_kind", kind),
            at: moment(at),
          })}{" "}
          {other ? t("advice.other", { other }) : null}{" "}
          {reason ? t("advice.because", { reason }) : null}
          <CopyableCommand command={`nophantom trends undo ${number}`} />
        </li>
      ))}
    </ul>
  );
}
