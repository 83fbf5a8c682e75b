import type { Shape } from "@/api/shapes";
import { count, percent } from "@/format/numbers";
import i18n from "@/i18n";

/** What each direction claims of the first run. */
export const CLAIMED = {
  higher: "compare.claimed.higher",
  lower: "compare.claimed.lower",
  different: "compare.claimed.different",
} as const satisfies Record<Shape<"Direction">, string>;

/** A smallest difference that matters: 0.01 -> "1 point", 0.028 -> "2.8 points". */
export function inPoints(share: number): string {
  const value = pointsNumber(share);
  return i18n.t("compare.inPoints", { count: value, shown: String(value) });
}

/** 0.028 -> 2.8, without the dust of binary fractions. */
export function pointsNumber(share: number): number {
  return Number((100 * share).toPrecision(6));
}

/** "the first is better; delta 1 point, alpha 0.05" */
export function claimSentence({ direction, delta, alpha }: Shape<"ClaimOut">): string {
  return i18n.t("compare.claim.sentence", {
    claimed: i18n.t(CLAIMED[direction]),
    delta: inPoints(delta),
    alpha: String(alpha),
  });
}

/** How many problems would decide. */
export function whatDecides({ low, high, delta, power }: Shape<"NeededOut">, n: number): string {
  const range =
    low === high
      ? count(low)
      : i18n.t("compare.needed.range", { low: count(low), high: count(high) });
  const sentence = i18n.t("compare.needed.sentence", {
    range,
    delta: inPoints(delta),
    power: percent(power, 0),
  });
  return high > n ? sentence : `${sentence} ${i18n.t("compare.needed.enough", { n: count(n) })}`;
}

/** What a person typed as a number between two bounds, both left out; undefined where it is none. */
export function numberBetween(typed: string, low: number, high: number): number | undefined {
  const text = typed.trim().replace(",", ".");
  const value = text === "" ? Number.NaN : Number(text);
  return value > low && value < high ? value : undefined;
}
