import { expect, test } from "vitest";
import { claimSentence, inPoints, numberBetween, pointsNumber, whatDecides } from "./sentences";

test.each([
  [0.01, "1 point"],
  [0.028, "2.8 points"],
  [0.005, "0.5 points"],
  [0.07, "7 points"], // 100 * 0.07 is 7.000000000000001
])("a share of %d is %s", (share, text) => {
  expect(inPoints(share)).toBe(text);
});

test("points go to the address and back unchanged", () => {
  for (const typed of [0.1, 0.3, 1, 2.8, 7, 29, 99.9])
    expect(pointsNumber(typed / 100)).toBe(typed);
});

test("a claim is said as on the command line", () => {
  expect(claimSentence({ direction: "higher", delta: 0.01, alpha: 0.05 })).toBe(
    "the first is better; delta 1 point, alpha 0.05",
  );
});

const NEEDED = { delta: 0.01, power: 0.8, confidence: 0.95, low: 3_000, high: 5_200 };

test("what decides says how many problems, at which difference and power", () => {
  expect(whatDecides(NEEDED, 1_319)).toBe(
    "3,000 to 5,200 problems in all would decide a true difference of 1 point with 80% power",
  );
  expect(whatDecides({ ...NEEDED, high: 3_000 }, 1_319)).toContain("3,000 problems in all");
});

test("where there are already enough, that is said too", () => {
  expect(whatDecides(NEEDED, 6_000)).toContain("(there are 6,000: bad luck");
});

test("what is no number between the bounds is none", () => {
  expect(numberBetween("2.5", 0, 100)).toBe(2.5);
  expect(numberBetween("0,5", 0, 100)).toBe(0.5);
  for (const wrong of ["", " ", "0", "100", "-1", "two", "1 2", "Infinity"])
    expect(numberBetween(wrong, 0, 100)).toBeUndefined();
});
