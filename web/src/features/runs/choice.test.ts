import { expect, test } from "vitest";
import { isApart, isChosen, isFull, problemSetsOf, toggled } from "./choice";

test("the first free place is taken", () => {
  expect(toggled({}, "r1")).toEqual({ first: "r1" });
  expect(toggled({ first: "r1" }, "r2")).toEqual({ first: "r1", second: "r2" });
  expect(toggled({ second: "r2" }, "r3")).toEqual({ first: "r3", second: "r2" });
});

test("a run that is taken out leaves the other in its place", () => {
  expect(toggled({ first: "r1", second: "r2" }, "r1")).toEqual({ second: "r2" });
  expect(toggled({ first: "r1", second: "r2" }, "r2")).toEqual({ first: "r1" });
});

test("a third run pushes none of the two out", () => {
  const both = { first: "r1", second: "r2" };
  expect(isFull(both)).toBe(true);
  expect(toggled(both, "r3")).toEqual(both);
});

test("r1 is not r12", () => {
  expect(isChosen({ first: "r12" }, "r1")).toBe(false);
  expect(isChosen({ second: "r12" }, "r12")).toBe(true);
});

test("runs are apart when they share no problem set, whatever the order", () => {
  const run = (...sets: string[]) => ({ judged: sets.map((problem_set) => ({ problem_set })) });
  expect(isApart(run("gsm8k", "gsm8k"), run("math"))).toBe(true);
  expect(isApart(run("math", "gsm8k"), run("gsm8k"))).toBe(false);
  expect(isApart(run(), run("gsm8k"))).toBe(true);
  expect(problemSetsOf(run("math", "gsm8k", "math"))).toEqual(["gsm8k", "math"]);
});
