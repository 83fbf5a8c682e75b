import { valuesOf, type WordKind } from "@/i18n/words";
import type { Stage } from "./queries";

/** Where the parts of a stage go: on along the way, aside, or out with a reason. */
export type Way = "on" | "aside" | "out";

export type Part = {
  /** As the server names it: "spike_one_day", "no_action:too_recent". */
  key: string;
  way: Way;
  n: number;
};

const ON: Record<Stage["stage"], readonly string[]> = {
  items: ["documents"],
  documents: ["read"],
  read: ["stories"],
  topics: ["candidates"],
  candidates: ["signals"],
  signals_x_roles: valuesOf("action"),
  recommendations: ["shown"],
};
const ASIDE: readonly string[] = ["watch"];

/** The parts of a stage: first what goes on, then what does not, the most first. Empty where unknown. */
export function partsOf({ stage, parts }: Stage): Part[] {
  const rank: Way[] = ["on", "aside", "out"];
  return Object.entries(parts ?? {})
    .map(([key, n]) => ({ key, n, way: wayOf(stage, key) }))
    .filter(({ n, way }) => n > 0 || way === "on")
    .sort((one, other) => rank.indexOf(one.way) - rank.indexOf(other.way) || other.n - one.n);
}

function wayOf(stage: Stage["stage"], key: string): Way {
  if (ON[stage].includes(key)) return "on";
  return stage === "candidates" && ASIDE.includes(key) ? "aside" : "out";
}

/** The closed enum that the parts with a reason of a stage are named by, and the reason without its beginning. */
export function reasonOf(stage: Stage["stage"], key: string): { kind: WordKind; value: string } {
  const value = key.slice(key.indexOf(":") + 1);
  if (key.startsWith("no_action:")) return { kind: "no_action", value };
  if (key.startsWith("hidden:")) return { kind: "decision_kind", value };
  if (stage === "signals_x_roles") return { kind: "action", value };
  return { kind: stage === "items" ? "item_drop" : "candidate_drop", value };
}
