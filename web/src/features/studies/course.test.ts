import { describe, expect, test } from "vitest";
import {
  asksForSealed,
  courseArms,
  courseRows,
  onSplit,
  readyAt,
  splitOf,
  stepsOf,
} from "./course";
import type { Course, Study } from "./queries";
import { isUnfinished } from "./queries";

const point = (run_id: number, step: number | null, accuracy = 0.5, arm = "base") =>
  ({
    run_id,
    run: `s/${arm}/seed${run_id}`,
    arm,
    seed: run_id,
    step,
    split: "validation",
    problem_set: "sums",
    accuracy,
    n: 100,
  }) satisfies Course["points"][number];

const STUDY = {
  splits: ["test", "validation"],
  validation_split: "validation",
  sealed_split: "test",
  sealed: true,
} as Study;

describe("the split that is looked at", () => {
  test("is validation while the test is sealed, and the test afterwards", () => {
    expect(splitOf(STUDY, {})).toBe("validation");
    expect(splitOf({ ...STUDY, sealed: false }, {})).toBe("test");
    expect(splitOf(STUDY, { split: "test" })).toBe("test");
  });

  test("of imported logs it is the only one, or has to be chosen", () => {
    const imported = { ...STUDY, sealed: false, sealed_split: null, validation_split: null };
    expect(splitOf({ ...imported, splits: ["main"] }, {})).toBe("main");
    expect(splitOf({ ...imported, splits: ["easy", "hard"] }, {})).toBeUndefined();
  });

  test("before the first evaluation it is the planned one", () => {
    expect(splitOf({ ...STUDY, splits: [] }, {})).toBe("validation");
  });

  test("the sealed test is asked for only by its name", () => {
    expect(asksForSealed(STUDY, {})).toBe(false);
    expect(asksForSealed(STUDY, { split: "test" })).toBe(true);
    expect(asksForSealed({ ...STUDY, sealed: false }, { split: "test" })).toBe(false);
  });
});

describe("the checkpoint that all runs have", () => {
  test("is the last one of them, not the last of all", () => {
    const points = [point(1, 100), point(1, 200), point(2, 100)];
    expect(readyAt(points, undefined)).toEqual({ runs: 2, step: 100 });
    expect(readyAt(points, 200)).toBeUndefined();
    expect(readyAt(points, 100)).toEqual({ runs: 2, step: 100 });
  });

  test("there is none before the first evaluation, and none while runs are apart", () => {
    expect(readyAt([], undefined)).toBeUndefined();
    expect(readyAt([point(1, 100), point(2, 200)], undefined)).toBeUndefined();
  });

  test("logs that do not tell their step are one checkpoint", () => {
    expect(readyAt([point(1, null), point(2, null)], undefined)).toEqual({ runs: 2, step: null });
  });
});

describe("learning curves", () => {
  const points = [
    point(1, 200, 0.6),
    point(1, 100, 0.4),
    point(2, 100, 0.5),
    point(3, 100, 0.9, "new"),
  ];

  test("the mean is of the seeds that are there", () => {
    const [base, fresh, ...more] = courseArms(points, ["base", "new", "not yet"]);
    expect(more).toEqual([]);
    expect(base?.seeds).toHaveLength(2);
    expect(base?.mean.map(({ x }) => x)).toEqual([100, 200]);
    expect(base?.mean[0]?.score).toBeCloseTo(0.45);
    expect(base?.mean[1]?.score).toBeCloseTo(0.6);
    expect(base?.mean.map(({ isPartial }) => isPartial)).toEqual([false, true]);
    expect(fresh?.mean).toEqual([{ x: 100, score: 0.9, isPartial: false }]);
  });

  test("the table says of how many seeds", () => {
    const rows = courseRows(points, ["base", "new"]);
    expect(rows.map(({ arm, step, seeds }) => [arm, step, seeds])).toEqual([
      ["base", 100, 2],
      ["base", 200, 1],
      ["new", 100, 1],
    ]);
    expect(rows[0]).toMatchObject({ lowest: 0.4, highest: 0.5 });
  });

  test("steps come in their order, each once, and other splits are left out", () => {
    expect(stepsOf(points)).toEqual([100, 200]);
    expect(onSplit(points, "test")).toEqual([]);
  });
});

test("a study that came whole is not waited for", () => {
  expect(isUnfinished({ progress: null })).toBe(false);
  expect(isUnfinished({ progress: { done: 4, planned: 4, unfinished: [] } })).toBe(false);
  expect(isUnfinished({ progress: { done: 3, planned: 4, unfinished: [] } })).toBe(true);
});
