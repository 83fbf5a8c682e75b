import { expect, test } from "vitest";
import type { Evaluation } from "./queries";
import { missingFrom, rivalOf } from "./rivals";

function run(id: number, more: Partial<Evaluation> = {}): Evaluation {
  return { run_id: id, problem_set: "gsm8k", split: "test", ...more } as Evaluation;
}

test("a run is compared with the best other one on the same problems", () => {
  const best = run(1);
  const elsewhere = run(2, { problem_set: "math" });
  const third = run(3);
  const all = [best, elsewhere, third];
  expect(rivalOf(best, all)).toBe(third);
  expect(rivalOf(third, all)).toBe(best);
  expect(rivalOf(elsewhere, all)).toBeNull();
});

test("two evaluations of one run are no rivals", () => {
  expect(rivalOf(run(1), [run(1), run(1)])).toBeNull();
});

test("a log that holds less than it declares is told", () => {
  expect(missingFrom(run(1, { outcomes: 707, declared: 1319 }))).toEqual({
    held: 707,
    declared: 1319,
  });
  expect(missingFrom(run(1, { outcomes: 1319, declared: 1319 }))).toBeNull();
  expect(missingFrom(run(1, { outcomes: 5, declared: null }))).toBeNull();
});
