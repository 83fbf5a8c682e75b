import { describe, expect, test } from "vitest";
import { intervalMarks } from "./interval-geometry";

describe("interval plot", () => {
  test("stands where a hand puts it: -4 to 6 points on 100 pixels is 10 pixels a point", () => {
    const marks = intervalMarks([{ point: 0.02, low: -0.04, high: 0.06 }], 0.01, 100);
    expect(marks.zero).toBeCloseTo(40);
    expect(marks.band.left).toBeCloseTo(30);
    expect(marks.band.right).toBeCloseTo(50);
    expect(marks.rows[0]?.low).toBeCloseTo(0);
    expect(marks.rows[0]?.point).toBeCloseTo(60);
    expect(marks.rows[0]?.high).toBeCloseTo(100);
  });

  test("zero and the whole band are in sight, however far away the estimates are", () => {
    for (const point of [0.3, -0.3]) {
      const { zero, band } = intervalMarks(
        [{ point, low: point - 0.01, high: point + 0.01 }],
        0.02,
        200,
      );
      for (const place of [zero, band.left, band.right]) {
        expect(place).toBeGreaterThanOrEqual(0);
        expect(place).toBeLessThanOrEqual(200);
      }
    }
  });

  test("an unknown end has no place", () => {
    const { rows } = intervalMarks([{ point: 0.02, low: null, high: null }], 0.01, 100);
    expect(rows[0]?.low).toBeNull();
    expect(rows[0]?.high).toBeNull();
    expect(Number.isFinite(rows[0]?.point)).toBe(true);
  });

  test("several rows share one scale", () => {
    const same = { low: 0, high: 0.04 };
    const { rows } = intervalMarks(
      [
        { point: 0.02, ...same },
        { point: 0.02, ...same },
      ],
      0.01,
      300,
    );
    expect(rows[0]).toEqual(rows[1]);
  });
});
