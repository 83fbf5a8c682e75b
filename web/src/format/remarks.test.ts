import { expect, test } from "vitest";
import type { Shape } from "@/api/shapes";
import { evaluationName, remarks, scoreSentence } from "./remarks";

const PLAIN: Shape<"EvaluationOut"> = {
  evaluation_id: 3,
  run_id: 1,
  reference: "r1",
  run: "inspect/6b",
  study: null,
  arm: null,
  seed: null,
  simulated: false,
  step: null,
  problem_set: "gsm8k",
  split: "test",
  grader: "nophantom:number",
  grader_version: "1",
  rank: 0,
  headline: null,
  problems: 1319,
  outcomes: 1319,
  scored: 1319,
  right: 515,
  accuracy: 515 / 1319,
  without_answer: 0,
  sealed: false,
  failures: {},
  log: "a.eval",
  status: "success",
  declared: 1319,
  omitted: 0,
};

test("a whole evaluation needs no remark", () => {
  expect(remarks(PLAIN)).toEqual([]);
  expect(remarks({ ...PLAIN, status: null, declared: null, log: null })).toEqual([]);
});

test("a log that broke off says where, and what became of the rest", () => {
  const broken = {
    ...PLAIN,
    problems: 707,
    outcomes: 707,
    scored: 701,
    failures: { error: 6, truncated: 1_200 },
    status: "error",
  };
  expect(remarks(broken)).toEqual([
    "6 failed with an error",
    "1,200 cut off",
    "log ends at 707 of 1,319",
    "status error",
  ]);
});

test("answers in which the speaking grader found nothing count as wrong, and that is said", () => {
  const silent = { ...PLAIN, without_answer: 2 };
  expect(remarks(silent)).toEqual(["2 without an answer count as wrong"]);
  expect(remarks({ ...silent, rank: 1 })).toEqual([]);
});

test("several attempts and simulated outcomes are said", () => {
  const told = remarks({ ...PLAIN, simulated: true, problems: 25, outcomes: 100, declared: 100 });
  expect(told).toEqual(["simulated", "4 attempts each"]);
  expect(remarks({ ...PLAIN, problems: 2, outcomes: 3, declared: 3 })).toEqual([
    "1.50 attempts each",
  ]);
});

test("a failure that this page does not know is shown by its code", () => {
  expect(remarks({ ...PLAIN, failures: { melted: 1 } })).toEqual(["1 melted"]);
});

test("a score says out of how many, and that nothing was scored", () => {
  expect(scoreSentence(515, 1319)).toBe("515 of 1,319 right, 39.04%");
  expect(scoreSentence(0, 0)).toBe("nothing was scored");
});

test("a checkpoint is named by its step", () => {
  expect(evaluationName({ run: "s/a/seed1", step: 1000 })).toBe("s/a/seed1 at step 1,000");
  expect(evaluationName({ run: "s/a/seed1", step: null })).toBe("s/a/seed1");
});
