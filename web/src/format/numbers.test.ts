import { expect, test } from "vitest";
import {
  amount,
  compact,
  count,
  decimal,
  eValue,
  percent,
  points,
  pValue,
  score,
  signedPoints,
  times,
} from "./numbers";

test("what is not known is said so, never shown as zero or nothing", () => {
  const all = [
    ...[amount, compact, count, score, points, signedPoints],
    ...[percent, decimal, eValue, pValue, times],
  ];
  for (const format of all) {
    expect(format(null)).toBe("unknown");
    expect(format(undefined)).toBe("unknown");
    expect(format(Number.NaN)).toBe("unknown");
  }
});

test("zero is a number", () => {
  expect(count(0)).toBe("0");
  expect(points(0)).toBe("0.00 points");
});

test("great numbers beside an axis take little room", () => {
  expect([0, 950, 18_602, 3_267_104].map(compact)).toEqual(["0", "950", "18.6K", "3.27M"]);
});

test("counts and shares", () => {
  expect(count(1_008)).toBe("1,008");
  expect(percent(0.7612)).toBe("76.1%");
  expect(percent(0.95, 0)).toBe("95%");
});

test("a sum of scores keeps the fraction of partial credit", () => {
  expect(score(1_319)).toBe("1,319");
  expect(score(12.5)).toBe("12.50");
});

test("an amount has two digits that count, and a small one is never shown as zero", () => {
  const shown = [0, 0.0144, 0.197, 4.96, 11.6, 151.8, 1_234.5].map(amount);
  expect(shown).toEqual(["0", "0.014", "0.2", "5", "12", "152", "1,235"]);
  expect(amount(0.00004)).toBe("below 0.001");
  expect(times(17.97)).toBe("18×");
});

test("a difference carries its sign", () => {
  expect(points(0.0432)).toBe("+4.32 points");
  expect(points(-0.0432)).toBe("-4.32 points");
  expect(signedPoints(0.000001)).toBe("0.00");
});

test.each([
  [Math.log(23), "23"],
  [Math.log(4.1e12), "4.1e+12"],
  [Math.log(1_234), "1,234"],
  [Math.log(0.5), "0.5"],
  [-100, "3.7e-44"],
  [600, "10^261"],
  [680 * Math.LN10, "10^680"],
])("an e-value from its logarithm %d is %s", (logE, text) => {
  expect(eValue(logE)).toBe(text);
});

test.each([
  [0.0432, "0.0432"],
  [1, "1.0000"],
  [0.00006, "0.0001"],
  [1e-32, "1e-32"],
  [0.00004, "4e-05"],
  [0, "below 1e-300"],
])("a p-value of %d is %s, never a false zero", (p, text) => {
  expect(pValue(p)).toBe(text);
});
