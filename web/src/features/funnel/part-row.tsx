import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { count, percent } from "@/format/numbers";
import { useWord, valuesOf, type WordKind, type WordOf } from "@/i18n/words";
import { PageLink } from "@/ui/link";
import styles from "./funnel-view.module.css";
import { type Part, reasonOf } from "./parts";
import type { Stage } from "./queries";

/** The parts that are no reasons. */
const PLAIN = [
  "documents",
  "duplicates",
  "dropped_again",
  "read",
  "not_read",
  "stories",
  "told_again",
  "below_support",
  "candidates",
  "signals",
  "watch",
  "shown",
] as const;
type Plain = (typeof PLAIN)[number];

type PartRowProps = { stage: Stage; part: Part; chosen: string | undefined };

/** One part: its name, a bar of its share in the stage, the number. */
export function PartRow({ stage, part, chosen }: PartRowProps) {
  const share = stage.total ? part.n / stage.total : 0;
  return (
    <li className={styles.part} data-way={part.way}>
      <span className={styles.partName}>
        <PartLink stage={stage.stage} part={part} chosen={chosen}>
          <PartName stage={stage.stage} part={part} />
        </PartLink>
      </span>
      <svg width="100%" height="12" aria-hidden>
        <rect width={`${100 * share}%`} height="12" />
      </svg>
      <span className={styles.number}>{count(part.n)}</span>
      <span className={styles.share}>{stage.total ? percent(share) : null}</span>
    </li>
  );
}

type PartOfStage = { stage: Stage["stage"]; part: Part };

function PartName({ stage, part }: PartOfStage) {
  const { t } = useTranslation();
  const word = useWord();
  const plain = stage === "signals_x_roles" ? undefined : PLAIN.find((one) => one === part.key);
  if (plain) return t(`funnel.part.${plain satisfies Plain}`);
  const { kind, value } = reasonOf(stage, part.key);
  const name = word(kind, value as WordOf<WordKind>);
  if (kind === "no_action") return t("funnel.noAction", { reason: name });
  return kind === "decision_kind" ? t("funnel.hidden", { kind: name }) : name;
}

/** What can be looked at one by one is a link to its list. */
function PartLink(props: PartOfStage & { chosen: string | undefined; children: ReactNode }) {
  const { stage, part, chosen: snapshot, children } = props;
  if (part.n === 0) return children;
  if (stage === "candidates" && part.way === "on")
    return (
      <PageLink to="/signals" search={{ snapshot }}>
        {children}
      </PageLink>
    );
  if (stage === "candidates" && part.way === "aside")
    return (
      <PageLink to="/watchlist" search={{ snapshot }}>
        {children}
      </PageLink>
    );
  const reason = valuesOf("candidate_drop").find((one) => one === part.key);
  if (stage === "candidates" && reason)
    return (
      <PageLink to="/drops" search={{ snapshot, reason }}>
        {children}
      </PageLink>
    );
  const itemReason = valuesOf("item_drop").find((one) => one === part.key);
  if (stage === "items" && itemReason)
    return (
      <PageLink to="/drops" search={{ snapshot, of: "items", itemReason }}>
        {children}
      </PageLink>
    );
  return children;
}
