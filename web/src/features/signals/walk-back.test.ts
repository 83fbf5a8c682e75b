import { expect, test } from "vitest";
import { walkBack } from "./walk-back";

const LOUD = {
  stratum: "list / en",
  baseline_stories: 0.5,
  baseline_read: 1_000,
  stories: 4,
  read: 350,
  expected: 0.175,
  overdispersion: 1,
};

test("a stratum gives what the formula gives by hand", () => {
  // 4 ln 10 + 4.5 ln(1350 / 4500) = 9.2103 - 5.4179
  const { strata } = walkBack({
    run: "fast",
    window_days: 28,
    factor: 10,
    log_likelihood_ratio: 3.79,
    strata: [LOUD],
  });
  expect(strata[0]?.log_likelihood_ratio).toBeCloseTo(3.7925, 3);
});

test("what is listed and what was silent add up to the server's total", () => {
  const { strata, listed, silent, total } = walkBack({
    run: "fast",
    window_days: 28,
    factor: 10,
    log_likelihood_ratio: 5,
    strata: [{ ...LOUD, overdispersion: 2 }, LOUD],
  });
  expect(strata.map((s) => s.overdispersion)).toEqual([1, 2]); // the strongest first
  expect(listed).toBeCloseTo(1.5 * 3.7925, 3);
  expect(listed + silent).toBeCloseTo(total);
});
