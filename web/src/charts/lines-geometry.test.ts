import { expect, test } from "vitest";
import { lineBand, linePath, lineScales } from "./lines-geometry";

const BOX = { width: 100, height: 50 };

test("heights begin at zero, so that twice as much stands twice as high", () => {
  const { y } = lineScales([{ x: 0, y: 20 }], BOX);
  expect(y(0)).toBe(50);
  expect(50 - y(10)).toBeCloseTo((50 - y(20)) / 2);
});

test("a level is in sight where all lines are far below it", () => {
  const { y } = lineScales([{ x: 0, y: 0.01 }], BOX, 1);
  expect(y(1)).toBeGreaterThanOrEqual(0);
});

test("a height that is not known breaks the line, and a band needs both ends", () => {
  const points = [
    { x: 2, y: 4, low: 2, high: 4 },
    { x: 0, y: 4, low: 0, high: 4 },
    { x: 1, y: null, low: 1, high: null },
  ];
  const scales = lineScales(points, BOX);
  expect(linePath(points, scales)).toBe("M0,0ZM100,0Z");
  expect(lineBand(points, scales)).not.toContain("50,");
});

test("nothing to draw has axes all the same", () => {
  const { xTicks, yTicks } = lineScales([], BOX);
  expect(xTicks.length).toBeGreaterThan(0);
  expect(yTicks.map(({ value }) => value)).toContain(0);
});
