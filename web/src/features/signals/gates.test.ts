import { expect, test } from "vitest";
import { gatesOf } from "./gates";

const FACTS = {
  active_days: 8,
  authors: 33,
  sources: 6,
  technology: 1,
  news_share: 0.5,
  largest_story_share: 0.5,
  seasonal_ratio: 24.4,
};

function results(facts: Partial<typeof FACTS>, technologyOnly = true) {
  const gates = gatesOf({ ...FACTS, ...facts }, technologyOnly);
  return Object.fromEntries(gates.map(({ name, result }) => [name, result]));
}

test("each gate says what it decided", () => {
  expect(results({})).toEqual({
    seasonal_ratio: "missed",
    active_days: "met",
    largest_story_share: "missed", // half is too much
    authors: "met",
    sources: "met",
    technology: "missed",
    news_share: "met", // half is still allowed
  });
});

test("a season that is not known lets pass, and is not shown as zero", () => {
  expect(results({ seasonal_ratio: 0 }).seasonal_ratio).toBe("unknown");
});

test("what a detection did not ask for decides nothing", () => {
  expect(results({}, false)).toMatchObject({ technology: "off", news_share: "off" });
});
