import * as z from "zod/mini";
import type { operations } from "@/api/schema";
import type { Shape } from "@/api/shapes";
import { valuesOf } from "@/i18n/words";

// Zod would otherwise make functions out of text, which the content security policy forbids.
z.config({ jitless: true });

/** What an address says wrongly counts as not said: an old link still opens. */
const text = z.catch(z.optional(z.string()), undefined);
const oneOf = <const Value extends string>(values: readonly Value[]) =>
  z.catch(z.optional(z.enum(values)), undefined);

/** What every list understands. */
const list = { q: text, sort: text, cursor: text };

/** Which snapshot is looked at, by its number; without it, the latest. */
const snapshot = z.catch(z.optional(z.string().check(z.regex(/^[0-9]{1,18}$/))), undefined);

/** Whether what decisions hide is shown, marked. */
const hidden = oneOf(["shown"]);

/** A source by its number; a day as the calendar has it. */
const number = z.catch(
  z.optional(z.coerce.number().check(z.int(), z.gte(1), z.lte(Number.MAX_SAFE_INTEGER))),
  undefined,
);
const isoDay = z.catch(z.optional(z.iso.date()), undefined);

export const signalsSearch = z.object({
  ...list,
  snapshot,
  phase: oneOf(valuesOf("phase")),
  standing: oneOf(valuesOf("standing")),
  corroborated: oneOf(["yes"]),
  hidden,
});
export const watchlistSearch = z.object({
  ...list,
  snapshot,
  corroborated: oneOf(["yes"]),
  hidden,
});
/** Dropped candidates, or (`of=items`) items that did not become documents. */
export const dropsSearch = z.object({
  ...list,
  snapshot,
  of: oneOf(["items"]),
  reason: oneOf(valuesOf("candidate_drop")),
  hidden,
  itemReason: oneOf(valuesOf("item_drop")),
  source: number,
  first: isoDay,
  last: isoDay,
});
/** What people decided: of one kind, only what holds or only what was undone. */
export const decisionsSearch = z.object({
  kind: oneOf(valuesOf("decision_kind")),
  holds: oneOf(["yes", "no"]),
  cursor: text,
});
/** The list of back-tests. */
export const backtestsSearch = z.object({ cursor: text });
export const funnelSearch = z.object({ snapshot });
/** Topics side by side, by their names: "langchain,llama". */
export const compareTopicsSearch = z.object({ snapshot, topics: text });
/** Documents by words and by what they are. */
export const documentsSearch = z.object({
  q: text,
  cursor: text,
  family: oneOf(valuesOf("family")),
  kind: oneOf(valuesOf("kind")),
  language: z.catch(z.optional(z.string().check(z.regex(/^[a-z]{2}$/))), undefined),
  first: isoDay,
  last: isoDay,
  source: number,
});
/** What became of one address. */
export const whySearch = z.object({ address: text });
export const sourcesSearch = z.object({
  ...list,
  state: oneOf(valuesOf("source_state")),
  protocol: oneOf(valuesOf("source_protocol")),
  trouble: oneOf(valuesOf("trouble")),
  failing: oneOf(["yes", "no"]),
});
/** One source; the cursor is of its visits. */
export const sourceSearch = z.object({ cursor: text });
/** One topic, and for whom it is told what to do; the cursor is of its documents. */
export const signalSearch = z.object({ snapshot, cursor: text, role: oneOf(valuesOf("role")) });

type EvaluationsQuery = NonNullable<operations["list_all_evaluations"]["parameters"]["query"]>;
const RUN_SORTS = [
  "id",
  "-id",
  "run",
  "-run",
  "accuracy",
  "-accuracy",
] as const satisfies EvaluationsQuery["sort"][];
const CHANGES = ["gained", "lost"] as const satisfies Shape<"FlippedOut">["change"][];
const between = (low: number, high: number) =>
  z.catch(z.optional(z.coerce.number().check(z.gt(low), z.lt(high))), undefined);

/** Two runs, by reference: "r12" or a unique piece of the name. */
const pair = { first: text, second: text };

/** The list, and the two of its runs that are chosen to be compared. */
export const runsSearch = z.object({
  ...list,
  ...pair,
  sort: oneOf(RUN_SORTS),
  problem_set: text,
  gradings: oneOf(["all"]),
});
/** The pair, the claim as the API takes it (proportions), and the page of flipped problems. */
export const compareSearch = z.object({
  ...pair,
  claim: oneOf(valuesOf("direction")),
  delta: between(0, 1),
  alpha: between(0, 0.5),
  problem_set: text,
  grader: text,
  change: oneOf(CHANGES),
  cursor: text,
});

/** Which split and checkpoint of a study; without them, as the server chooses. */
export const studySearch = z.object({
  split: text,
  step: z.catch(z.optional(z.coerce.number().check(z.int(), z.gte(0))), undefined),
});

/**
 * Addresses as people write them: `?q=123` is the text 123.
 *
 * The router's own way reads and writes JSON, which turns it into a number and texts into quotes.
 */
export function parseSearch(search: string): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(search));
}

export function stringifySearch(search: Record<string, unknown>): string {
  const said = Object.entries(search).filter(([, value]) => value !== undefined && value !== "");
  const written = new URLSearchParams(
    said.map(([name, value]) => [name, String(value)]),
  ).toString();
  return written ? `?${written}` : "";
}
