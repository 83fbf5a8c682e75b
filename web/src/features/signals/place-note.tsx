import type { ReactNode } from "react";
import type { WordOf } from "@/i18n/words";
import styles from "./place-note.module.css";

type PlaceNoteProps = {
  place: WordOf<"place">;
  /** What it means to be here. Words carry it; the line at the side only repeats it. */
  note: ReactNode;
  children?: ReactNode;
};

/** Where a candidate ended, as a line at the side: whole for signals, dashed for watched, dotted for drops. */
export function PlaceNote({ place, note, children }: PlaceNoteProps) {
  return (
    <div className={styles.place} data-place={place}>
      <div className={styles.note}>{note}</div>
      {children}
    </div>
  );
}
