import { Archive, CircleCheck, CircleDashed, CirclePause, Moon, TriangleAlert } from "lucide-react";
import { useTranslation } from "react-i18next";
import { conditionOf } from "./condition";
import type { Source } from "./queries";
import styles from "./sources.module.css";

const ICONS = {
  well: CircleCheck,
  new: CircleDashed,
  failing: TriangleAlert,
  silent: Moon,
  disabled: CirclePause,
  retired: Archive,
} as const;

type ConditionBadgeProps = {
  source: Pick<Source, "state" | "last_at" | "trouble" | "degraded">;
};

/** How a source is, by icon and word; the colour only repeats it. */
export function ConditionBadge({ source }: ConditionBadgeProps) {
  const { t } = useTranslation();
  const condition = conditionOf(source);
  const Icon = ICONS[condition];
  return (
    <span className={styles.condition} data-condition={condition}>
      <Icon size={15} strokeWidth={2.5} aria-hidden />
      {t(`sources.condition.${condition}`)}
    </span>
  );
}
