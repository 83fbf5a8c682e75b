import { scaleLinear } from "d3-scale";
import { area, line } from "d3-shape";

/** A point of a line; y is null where it is not known, the ends of its interval likewise. */
export type LinePoint = {
  x: number;
  y: number | null;
  low?: number | null;
  high?: number | null;
};

export type LineScales = {
  x: (value: number) => number;
  y: (value: number) => number;
  xTicks: { at: number; value: number }[];
  yTicks: { at: number; value: number }[];
};

/**
 * Scales that hold all points and, from zero on, all heights: what is half as much stands half as high.
 *
 * @param points of all lines
 * @param box of the drawing area in pixels
 * @param level a height that is always in sight
 */
export function lineScales(
  points: LinePoint[],
  { width, height }: { width: number; height: number },
  level = 0,
): LineScales {
  const xs = points.map(({ x }) => x);
  const ys = points.flatMap(({ y, low, high }) => [y ?? 0, low ?? 0, high ?? 0]);
  const first = xs.length > 0 ? Math.min(...xs) : 0;
  const last = xs.length > 0 ? Math.max(...xs) : 1;
  const x = scaleLinear()
    .domain(first === last ? [first - 1, last + 1] : [first, last])
    .range([0, width]);
  const y = scaleLinear()
    .domain([0, Math.max(level, ...ys) || 1])
    .nice(4)
    .range([height, 0]);
  return {
    x: (value) => x(value),
    y: (value) => y(value),
    xTicks: x.ticks(Math.max(2, Math.floor(width / 80))).map((value) => ({ at: x(value), value })),
    yTicks: y.ticks(4).map((value) => ({ at: y(value), value })),
  };
}

/** A line through the points in the order of x, broken where the height is not known. */
export function linePath(points: LinePoint[], { x, y }: LineScales): string {
  const path = line<LinePoint>(
    (point) => rounded(x(point.x)),
    (point) => rounded(y(point.y ?? 0)),
  ).defined((point) => point.y !== null);
  return path(inOrder(points)) ?? "";
}

/** The band between the ends of the intervals, broken where they are not known. */
export function lineBand(points: LinePoint[], { x, y }: LineScales): string {
  const path = area<LinePoint>(
    (point) => rounded(x(point.x)),
    (point) => rounded(y(point.low ?? 0)),
    (point) => rounded(y(point.high ?? 0)),
  ).defined(({ low, high }) => typeof low === "number" && typeof high === "number");
  return path(inOrder(points)) ?? "";
}

function inOrder(points: LinePoint[]): LinePoint[] {
  return points.toSorted((a, b) => a.x - b.x);
}

function rounded(pixels: number): number {
  return Math.round(pixels * 10) / 10;
}
