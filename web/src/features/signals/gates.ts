import type { Shape } from "@/api/shapes";
import { count, percent, times } from "@/format/numbers";

export type Gate = Shape<"GateOut">;
export type Fact = Gate["fact"];

const share = (value: number | null) => percent(value, 0);
const UNITS: Record<Fact, (value: number | null) => string> = {
  seasonal_ratio: times,
  active_days: count,
  largest_story_share: share,
  authors: count,
  sources: count,
  technology: count,
  news_share: share,
  generic: count,
};

/** What was found of a gate's fact, and what it was held against, each in its unit. */
export function told({ fact, found, limit }: Gate): { found: string; limit: string } {
  return { found: UNITS[fact](found), limit: UNITS[fact](limit) };
}

/** All facts by name, for sentences: `active_days` is what was found, `active_days_limit` what was asked for. */
export function toldByName(gates: Gate[]): Record<string, string> {
  const pairs = gates.flatMap((gate) => {
    const { found, limit } = told(gate);
    return [
      [gate.fact, found],
      [`${gate.fact}_limit`, limit],
    ];
  });
  return Object.fromEntries(pairs);
}
