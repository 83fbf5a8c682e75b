import { expect, test } from "vitest";
import { daysMarks } from "./days-geometry";

const SIZE = { width: 300, stories: 100, read: 40 };
const DAYS = [
  { day: "2026-01-01", visits: 0, failed: 0, documents: null },
  { day: "2026-01-02", visits: 4, failed: 0, documents: 2 },
  { day: "2026-01-03", visits: 4, failed: 3, documents: 0 },
];

test("a day without a visit is a gap, one without news is none", () => {
  const marks = daysMarks(DAYS, SIZE);
  expect(marks.gaps).toEqual([{ x: 0, width: 100, days: 1 }]);
  expect(marks.bars.map((bar) => bar.x)).toEqual([100]);
});

test("failed visits are their part of the visits of the day", () => {
  const marks = daysMarks(DAYS, SIZE);
  const whole = marks.reads[1];
  const [failed] = marks.failed;
  expect(marks.failed).toHaveLength(1);
  expect(failed?.x).toBe(whole?.x);
  expect(failed?.height).toBeCloseTo((whole?.height ?? 0) * 0.75);
  expect((failed?.y ?? 0) + (failed?.height ?? 0)).toBeCloseTo(SIZE.read);
});
