import { scaleLinear } from "d3-scale";
import { area, line } from "d3-shape";
import { type ScoreScale, scoreScale } from "./score-scale";

/** A score at a training step, or of so many voters; the ends of its interval where they are known. */
export type CurvePoint = {
  x: number;
  score: number;
  low?: number | null;
  high?: number | null;
};

export type CurveScales = {
  x: (value: number) => number;
  xTicks: { at: number; value: number }[];
  score: ScoreScale;
};

/**
 * Scales that hold all points, so that several panels can be compared.
 *
 * @param points of all panels, at least one
 * @param box of the drawing area in pixels; scores rise upwards
 * @param planned where points are still to come
 */
export function curveScales(
  points: CurvePoint[],
  { width, height }: { width: number; height: number },
  planned: number[] = [],
): CurveScales {
  const xs = [...points.map((point) => point.x), ...planned];
  const first = Math.min(...xs);
  const last = Math.max(...xs);
  const alone = first === last;
  const x = scaleLinear()
    .domain(alone ? [first - 1, last + 1] : [first, last])
    .range([0, width]);
  const scores = points.flatMap(({ score, low, high }) => [score, low ?? score, high ?? score]);
  return {
    x: (value) => x(value),
    xTicks: ticksAt(xs, x, width),
    score: scoreScale(scores, [height, 0], 40),
  };
}

/** Ticks where there are points, as many as have room; the last always. */
function ticksAt(xs: number[], x: (value: number) => number, width: number) {
  const values = [...new Set(xs)].sort((a, b) => a - b);
  const room = Math.max(2, Math.floor(width / 56));
  const every = Math.ceil(values.length / room);
  const last = values.length - 1;
  return values
    .filter((_, index) => (last - index) % every === 0)
    .map((value) => ({ at: x(value), value }));
}

/** A line through the points, in the order of x. */
export function curvePath(points: CurvePoint[], scales: CurveScales): string {
  const path = line<CurvePoint>(
    (point) => round(scales.x(point.x)),
    (point) => round(scales.score.at(point.score)),
  );
  return path(inOrder(points)) ?? "";
}

/** The band between the ends of the intervals; interrupted where they are not known. */
export function bandPath(points: CurvePoint[], scales: CurveScales): string {
  const path = area<CurvePoint>(
    (point) => round(scales.x(point.x)),
    (point) => round(scales.score.at(point.low ?? point.score)),
    (point) => round(scales.score.at(point.high ?? point.score)),
  ).defined(({ low, high }) => typeof low === "number" && typeof high === "number");
  return path(inOrder(points)) ?? "";
}

function inOrder(points: CurvePoint[]): CurvePoint[] {
  return points.toSorted((a, b) => a.x - b.x);
}

function round(pixels: number): number {
  return Math.round(pixels * 10) / 10;
}
