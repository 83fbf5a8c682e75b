import { scaleLinear } from "d3-scale";

/** An estimate as a proportion: 0.02 is two points. An end that is not known is null. */
export type Interval = { point: number; low: number | null; high: number | null };

export type IntervalMarks = {
  /** Horizontal places in pixels. */
  zero: number;
  band: { left: number; right: number };
  ticks: { at: number; value: number }[];
  rows: { point: number; low: number | null; high: number | null }[];
};

/**
 * Where the marks of an interval plot stand.
 *
 * One scale for all rows. Zero and the band of ±delta are always in sight: an effect is judged by
 * them, and a scale that hides them exaggerates.
 *
 * @param rows estimates, as proportions
 * @param delta the smallest effect that matters, as a proportion
 * @param width of the drawing area in pixels
 */
export function intervalMarks(rows: Interval[], delta: number, width: number): IntervalMarks {
  const ends = rows.flatMap((row) => [row.point, row.low ?? row.point, row.high ?? row.point]);
  const scale = scaleLinear()
    .domain([Math.min(-delta, ...ends), Math.max(delta, ...ends)])
    .nice()
    .range([0, width]);
  const at = (value: number | null) => (value === null ? null : scale(value));
  return {
    zero: scale(0),
    band: { left: scale(-delta), right: scale(delta) },
    ticks: scale
      .ticks(Math.max(2, Math.floor(width / 90)))
      .map((value) => ({ at: scale(value), value })),
    rows: rows.map((row) => ({ point: scale(row.point), low: at(row.low), high: at(row.high) })),
  };
}
