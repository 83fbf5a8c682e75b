import { Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { count } from "@/format/numbers";
import styles from "./columns.module.css";
import type { Candidate } from "./queries";

/** The mark of a row that a decision hides; it stays in the list, so that nothing vanishes unseen. */
export function HiddenMark({ by }: { by: number | null | undefined }) {
  const { t } = useTranslation();
  return typeof by === "number" ? (
    <span className={styles.note}>{t("signals.hiddenBy", { number: by })}</span>
  ) : null;
}

/** How many rows of a page are hidden by decisions; nothing where none is. */
export function HiddenCount({ rows }: { rows: Candidate[] }) {
  const { t } = useTranslation();
  const hidden = rows.filter(({ hidden_by }) => typeof hidden_by === "number").length;
  return hidden === 0 ? null : (
    <Text size="sm" mb="xs">
      {t("signals.hidden", { count: hidden, shown: count(hidden) })}
    </Text>
  );
}
