import type { Source } from "./queries";

export type Condition = "well" | "new" | "failing" | "silent" | "disabled" | "retired";

/** How a source is, in one word; why, stands in `degraded` and `state_why`. */
export function conditionOf(
  source: Pick<Source, "state" | "last_at" | "trouble" | "degraded">,
): Condition {
  if (source.state !== "active") return source.state;
  if (source.last_at === null) return "new";
  if (source.trouble !== null) return "failing";
  return source.degraded === null ? "well" : "silent";
}
