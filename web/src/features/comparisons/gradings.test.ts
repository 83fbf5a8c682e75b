import { expect, test } from "vitest";
import { sharedGraders, sharedProblemSets } from "./gradings";
import type { Evaluation } from "./queries";

function run(...judged: [set: string, grader: string, version?: string][]) {
  return {
    judged: judged.map(
      ([problem_set, grader, grader_version = "1"]) =>
        ({ problem_set, grader, grader_version }) as Evaluation,
    ),
  };
}

test("only problem sets of both, each once", () => {
  const first = run(["gsm8k", "ours"], ["gsm8k", "match"], ["math", "ours"]);
  const second = run(["gsm8k", "ours"], ["mmlu", "ours"]);
  expect(sharedProblemSets(first, second)).toEqual(["gsm8k"]);
  expect(sharedProblemSets(first, run())).toEqual([]);
});

test("a grader of another version or on another problem set is not shared", () => {
  const first = run(["gsm8k", "ours"], ["gsm8k", "match", "0"], ["math", "strict"]);
  const second = run(["gsm8k", "ours"], ["gsm8k", "match", "1"], ["gsm8k", "strict"]);
  expect(sharedGraders(first, second)).toEqual(["ours"]);
});

test("graders are those of the problem set that is chosen", () => {
  const both = run(["gsm8k", "ours"], ["math", "strict"]);
  expect(sharedGraders(both, both)).toEqual(["ours", "strict"]);
  expect(sharedGraders(both, both, "math")).toEqual(["strict"]);
});
