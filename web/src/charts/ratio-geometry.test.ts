import { expect, test } from "vitest";
import { ratioScale } from "./ratio-geometry";

test("twice and half are equally far from one", () => {
  const { at } = ratioScale([{ point: 3, low: 0.25, high: 4 }]);
  expect(at(1)).toBeCloseTo(50);
  expect(at(2) - at(1)).toBeCloseTo(at(1) - at(0.5));
});

test("one is always in sight and named, however large the factors are", () => {
  const { at, ticks } = ratioScale([{ point: 900, low: 800, high: 5_000 }]);
  expect(at(1)).toBeGreaterThan(0);
  expect(ticks.map((tick) => tick.value)).toContain(1);
  expect(ticks.length).toBeLessThanOrEqual(6);
});

test("a factor of nearly nothing stands at the edge and not outside", () => {
  const { at } = ratioScale([{ point: 0.5, low: 0, high: null }]);
  expect(at(0)).toBeCloseTo(2);
  expect(Number.isFinite(at(0))).toBe(true);
});

test("no factor at all still gives a scale", () => {
  expect(ratioScale([]).at(1)).toBeCloseTo(50);
});
