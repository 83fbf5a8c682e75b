import type { Shape } from "@/api/shapes";

type Facts = Shape<"FactsOut">;
export type GateName = keyof Facts;

/** A gate: what was found, what is asked for, and whether it lets the topic pass. */
export type Gate = {
  name: GateName;
  found: number;
  /** What it has to be, against the limit. */
  rule: "least" | "below" | "most";
  limit: number;
  unit: "count" | "share" | "factor";
  /** "off": this detection did not ask for it. "unknown": too little to say; it lets pass. */
  result: "met" | "missed" | "off" | "unknown";
};

type Rule = Pick<Gate, "name" | "rule" | "limit" | "unit"> & { technology?: boolean };

/** In the order and with the limits of src/nophantom/trends/gates.py, which decides; this only shows. */
const RULES: Rule[] = [
  { name: "seasonal_ratio", rule: "most", limit: 3, unit: "factor" },
  { name: "active_days", rule: "least", limit: 4, unit: "count" },
  { name: "largest_story_share", rule: "below", limit: 0.5, unit: "share" },
  { name: "authors", rule: "least", limit: 2, unit: "count" },
  { name: "sources", rule: "least", limit: 2, unit: "count" },
  { name: "technology", rule: "least", limit: 2, unit: "count", technology: true },
  { name: "news_share", rule: "most", limit: 0.5, unit: "share", technology: true },
];

/** Each gate with what was found of one topic. */
export function gatesOf(facts: Facts, technologyOnly: boolean): Gate[] {
  return RULES.map(({ technology, ...rule }) => {
    const found = facts[rule.name];
    const isOff = technology === true && !technologyOnly;
    return { ...rule, found, result: isOff ? "off" : resultOf(rule, found) };
  });
}

function resultOf({ name, rule, limit }: Rule, found: number): Gate["result"] {
  if (name === "seasonal_ratio" && found === 0) return "unknown"; // 0 is sent for "not known"
  const holds = { least: found >= limit, below: found < limit, most: found <= limit }[rule];
  return holds ? "met" : "missed";
}
