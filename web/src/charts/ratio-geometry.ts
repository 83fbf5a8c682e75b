import { scaleLog } from "d3-scale";

/** A factor with its interval: 1 is "as before". An end that is not known is null. */
export type Ratio = { point: number; low: number | null; high: number | null };

export type RatioScale = {
  /** Where a factor stands, in percent of the width; what lies outside stands at the edge. */
  at: (factor: number) => number;
  ticks: { at: number; value: number }[];
};

const LEAST = 0.1; // factors below stand at the left edge: a logarithm has no zero
const STEPS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 10_000];
const MOST_TICKS = 5;

/** One logarithmic scale for several factors: twice and half are equally far from 1, which is always in sight. */
export function ratioScale(ratios: Ratio[]): RatioScale {
  const ends = ratios.flatMap(({ point, low, high }) => [low ?? point, point, high ?? point]);
  const least = Math.max(LEAST, Math.min(0.5, ...ends));
  const scale = scaleLog()
    .domain([least, Math.max(2, ...ends)])
    .range([2, 98]) // half a mark stays inside
    .clamp(true);
  const inside = STEPS.filter((step) => step >= least && step <= Math.max(2, ...ends));
  const every = Math.ceil(inside.length / MOST_TICKS);
  const one = inside.indexOf(1);
  return {
    at: (factor) => scale(Math.max(least, factor)),
    ticks: inside
      .filter((_, index) => (index - one) % every === 0)
      .map((value) => ({ at: scale(value), value })),
  };
}
