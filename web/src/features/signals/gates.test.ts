import { expect, test } from "vitest";
import { type Gate, told, toldByName } from "./gates";

const SEASON: Gate = {
  fact: "seasonal_ratio",
  found: 24.4,
  bound: "at_most",
  limit: 3,
  reason: "seasonal",
  outcome: "missed",
};
const NEWS: Gate = {
  fact: "news_share",
  found: 0.28,
  bound: "at_most",
  limit: 0.5,
  reason: "not_technology",
  outcome: "met",
};

test("each fact is told in its unit", () => {
  expect(told(SEASON)).toEqual({ found: "24×", limit: "3×" });
  expect(told(NEWS)).toEqual({ found: "28%", limit: "50%" });
});

test("what is not known is not told as zero", () => {
  expect(told({ ...SEASON, found: null, outcome: "unknown" }).found).toBe("unknown");
});

test("sentences find each fact and its limit by name", () => {
  expect(toldByName([SEASON, NEWS])).toEqual({
    seasonal_ratio: "24×",
    seasonal_ratio_limit: "3×",
    news_share: "28%",
    news_share_limit: "50%",
  });
});
