import { Checkbox, VisuallyHidden } from "@mantine/core";
import { createContext, useContext } from "react";
import { useTranslation } from "react-i18next";
import { type Choice, isChosen, isFull } from "./choice";
import styles from "./runs.module.css";

type Choosing = { choice: Choice; onToggle: (reference: string) => void };

/** The cells read the choice from here: columns made anew would take the focus from a checkbox. */
export const ChoosingContext = createContext<Choosing>({ choice: {}, onToggle: () => undefined });

export function ChooseHeader() {
  const { t } = useTranslation();
  return <VisuallyHidden>{t("runs.choose.column")}</VisuallyHidden>;
}

/** Chooses the run of a row; of a third run it is locked, and the list says why. */
export function ChooseBox({ reference, name }: { reference: string; name: string }) {
  const { t } = useTranslation();
  const { choice, onToggle } = useContext(ChoosingContext);
  const chosen = isChosen(choice, reference);
  return (
    <Checkbox
      size="sm"
      className={styles.box}
      checked={chosen}
      disabled={!chosen && isFull(choice)}
      onChange={() => onToggle(reference)}
      aria-label={t("runs.choose.box", { run: `${reference} ${name}` })}
    />
  );
}
