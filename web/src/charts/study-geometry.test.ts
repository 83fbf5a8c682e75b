import { describe, expect, test } from "vitest";
import { bandPath, curvePath, curveScales } from "./curve-geometry";
import { rowLayout } from "./row-layout";
import { scoreScale, scoreTick } from "./score-scale";
import { shareArea, sharesBySize } from "./share-geometry";
import { dodge, reach } from "./strip-geometry";

describe("scale of scores", () => {
  test("stands where a hand puts it: 70% to 80% on 100 pixels is 10 pixels a point", () => {
    const { at, ticks } = scoreScale([0.7, 0.8], [0, 100]);
    expect(at(0.7)).toBeCloseTo(0);
    expect(at(0.73)).toBeCloseTo(30);
    expect(at(0.8)).toBeCloseTo(100);
    expect(scoreTick(0.7, ticks)).toBe("70%");
  });

  test("it never goes below nothing or above everything", () => {
    for (const scores of [[0], [1], [0, 1], [0.001, 0.9999]]) {
      const { ticks } = scoreScale(scores, [0, 300]);
      for (const { value } of ticks) expect(value).toBeGreaterThanOrEqual(0);
      for (const { value } of ticks) expect(value).toBeLessThanOrEqual(1);
    }
  });

  test("equal scores do not fill the whole width with nothing", () => {
    const { at } = scoreScale([0.5, 0.5], [0, 100]);
    expect(at(0.5)).toBeGreaterThan(10);
    expect(at(0.5)).toBeLessThan(90);
  });

  test("ticks close together are told apart", () => {
    const { ticks } = scoreScale([0.75, 0.756], [0, 400]);
    const words = ticks.map(({ value }) => scoreTick(value, ticks));
    expect(new Set(words).size).toBe(words.length);
  });
});

describe("dots", () => {
  test("no two dots of a lane touch, and apart they all stay in the middle", () => {
    const places = [10, 11, 12, 40, 10, 10.5, 80];
    const lanes = dodge(places, 8);
    expect(lanes).toHaveLength(places.length);
    for (const [i, a] of places.entries())
      for (const [j, b] of places.entries())
        if (i !== j && lanes[i] === lanes[j]) expect(Math.abs(a - b)).toBeGreaterThanOrEqual(8);
    expect(dodge([0, 20, 40], 8)).toEqual([0, 0, 0]);
  });

  test("equal dots spread to both sides", () => {
    expect(dodge([5, 5, 5, 5, 5], 8).toSorted((a, b) => a - b)).toEqual([-2, -1, 0, 1, 2]);
    expect(reach([0, -2, 1])).toBe(2);
    expect(reach([])).toBe(0);
  });
});

describe("curves", () => {
  const points = [
    { x: 200, score: 0.6, low: 0.55, high: 0.65 },
    { x: 100, score: 0.5, low: 0.45, high: 0.55 },
  ];

  test("go from left to right and upwards", () => {
    const scales = curveScales(points, { width: 100, height: 50 });
    const [x1, y1, x2, y2] = (curvePath(points, scales).match(/[\d.]+/g) ?? []).map(Number);
    expect([x1, x2]).toEqual([0, 100]);
    expect(y1).toBeGreaterThan(y2 ?? Number.NaN);
    expect(scales.xTicks.map(({ value }) => value)).toEqual([100, 200]);
  });

  test("an interval that is not known is no band", () => {
    const scales = curveScales(points, { width: 100, height: 50 });
    expect(bandPath(points, scales)).toContain("M0,");
    expect(bandPath([{ x: 100, score: 0.5, low: null, high: null }], scales)).toBe("");
  });

  test("one checkpoint stands in the middle", () => {
    const scales = curveScales([{ x: 900, score: 0.4 }], { width: 100, height: 50 });
    expect(scales.x(900)).toBe(50);
    expect(Number.isFinite(scales.score.at(0.4))).toBe(true);
  });

  test("there is room for what is planned", () => {
    const scales = curveScales(points, { width: 100, height: 50 }, [100, 200, 300]);
    expect(scales.x(200)).toBe(50);
    expect(scales.xTicks.at(-1)?.value).toBe(300);
  });

  test("of many checkpoints the last is named", () => {
    const many = Array.from({ length: 30 }, (_, index) => ({ x: index + 1, score: 0.5 }));
    const { xTicks } = curveScales(many, { width: 280, height: 50 });
    expect(xTicks.at(-1)?.value).toBe(30);
    expect(xTicks.length).toBeLessThanOrEqual(6);
  });
});

describe("shares of problems", () => {
  test("are counted by all, some and none, and the sum is whole", () => {
    expect(sharesBySize([1, 1, 0.5, 0, 0.25])).toEqual({ all: 2, some: 2, none: 1 });
  });

  test("a hand draws the same: two solved by all, one by half, one by none", () => {
    const { path, allEnds, noneBegins } = shareArea([0.5, 1, 0, 1], { width: 40, height: 10 });
    expect(path).toBe("M0,10L0,0L20,0L20,5L30,5L30,10L40,10L40,10Z");
    expect([allEnds, noneBegins]).toEqual([20, 30]);
  });

  test("no problems are no area", () => {
    expect(shareArea([], { width: 40, height: 10 }).path).toBe("");
  });
});

test("label and value stand below one another where they have no room side by side", () => {
  const rows = [
    { label: "normal", value: "81%" },
    { label: "honest, on unseen problems", value: "79.29% (77.08% to 82.22%)" },
  ];
  expect(rowLayout(rows, 600).isStacked).toBe(false);
  const narrow = rowLayout(rows, 300);
  expect(narrow.isStacked).toBe(true);
  expect(narrow.mark).toBeGreaterThan(narrow.value);
  expect(narrow.row).toBeGreaterThan(narrow.mark);
});
