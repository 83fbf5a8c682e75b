// @vitest-environment jsdom
import { screen } from "@testing-library/react";
import { show } from "@tests/show";
import { expect, test } from "vitest";
import { Weeks } from "./compare-topics";
import type { ComparedTopic } from "./compared-weeks";

const week = (ends: string, stories: number | null, read: number) => ({
  ends,
  stories,
  expected: stories === null ? null : 0.5,
  read,
  per_thousand: stories === null ? null : (1000 * stories) / read,
});
const ZORB = {
  slug: "zorb",
  name: "Zorb",
  weeks: [week("2022-12-13", 4, 200), week("2022-12-20", null, 0)],
} as ComparedTopic;

test("topics are drawn by their stories, by their share, and beside what was read", () => {
  show(<Weeks topics={[ZORB, { ...ZORB, slug: "blax", name: "Blax" }]} />);
  for (const name of [
    "Stories a week",
    "Of a thousand stories read",
    "Stories read in its sources",
  ])
    expect(screen.getByRole("img", { name })).toBeTruthy();
  expect(screen.getAllByText("20").length).toBeGreaterThan(0); // of a thousand
});

test("what has no series draws nothing, and says so", () => {
  show(<Weeks topics={[{ ...ZORB, weeks: [] }]} />);
  expect(screen.getByText("No series is kept of any of them.")).toBeTruthy();
});
