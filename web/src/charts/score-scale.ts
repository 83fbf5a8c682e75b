import { scaleLinear } from "d3-scale";
import { percent } from "@/format/numbers";

export type ScoreTick = { at: number; value: number };
export type ScoreScale = {
  /** Place in pixels of a score, a proportion. */
  at: (score: number) => number;
  ticks: ScoreTick[];
};

const LEAST = 0.01; // one point: alike scores are not blown up to differences

/**
 * A scale of scores that holds all of them, and no more than 0% to 100%.
 *
 * @param scores proportions, at least one
 * @param range places in pixels of its two ends
 * @param apart pixels between two ticks, about
 */
export function scoreScale(scores: number[], range: [number, number], apart = 80): ScoreScale {
  const lowest = Math.min(...scores);
  const highest = Math.max(...scores);
  const more = Math.max(0, LEAST - (highest - lowest)) / 2;
  const nice = scaleLinear()
    .domain([lowest - more, highest + more])
    .nice();
  const [from = 0, to = 1] = nice.domain();
  const scale = nice.domain([Math.max(0, from), Math.min(1, to)]).range(range);
  const many = Math.max(2, Math.floor(Math.abs(range[1] - range[0]) / apart));
  return {
    at: (score) => scale(score),
    ticks: scale.ticks(many).map((value) => ({ at: scale(value), value })),
  };
}

/** A tick in percent, with as many decimals as tell neighbours apart. */
export function scoreTick(value: number, ticks: ScoreTick[]): string {
  const step = 100 * Math.abs((ticks[1]?.value ?? 1) - (ticks[0]?.value ?? 0));
  return percent(value, step >= 1 ? 0 : step >= 0.1 ? 1 : 2);
}
