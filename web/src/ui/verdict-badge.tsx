import { CircleCheck, CircleDashed, Ghost } from "lucide-react";
import { useWord, type WordOf } from "@/i18n/words";
import styles from "./verdict-badge.module.css";

export type Verdict = WordOf<"verdict">;

const ICONS = { real: CircleCheck, phantom: Ghost, undecided: CircleDashed } as const;

/** A verdict by colour, icon and word: no one of them alone has to be seen. */
export function VerdictBadge({ verdict, size }: { verdict: Verdict; size?: "lg" }) {
  const word = useWord();
  const Icon = ICONS[verdict] ?? CircleDashed;
  return (
    <span className={styles.badge} data-verdict={verdict} data-size={size}>
      <Icon size={size === "lg" ? 20 : 14} strokeWidth={2.5} aria-hidden />
      {word("verdict", verdict)}
    </span>
  );
}
