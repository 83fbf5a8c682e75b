// @vitest-environment jsdom
import { screen } from "@testing-library/react";
import { show } from "@tests/show";
import { expect, test } from "vitest";
import type { Shape } from "@/api/shapes";
import { Changes } from "./changes";

const CONFIRMED: Shape<"ChangeOut"> = {
  day: "2022-02-15",
  kind: "confirmed",
  phase: "emerging",
  degraded: false,
  expected_at_onset: 0.1,
  onset_age: 2,
  growth_low: 37.6,
  growth_high: 120,
  since_onset: [22, 15, 30],
};
const ENDED: Shape<"ChangeOut"> = {
  ...CONFIRMED,
  day: "2022-06-01",
  kind: "ended",
  growth_low: null,
  since_onset: null,
};

test("each change is told with the numbers of its day, and what is unknown as that", () => {
  show(<Changes changes={[CONFIRMED, ENDED]} />);
  const [, confirmed, ended] = screen.getAllByRole("row").map((row) => row.textContent);
  expect(confirmed).toContain("Feb 15, 2022");
  expect(confirmed).toContain("38 to 120×");
  expect(confirmed).toContain("22×15 to 30×");
  expect(ended).toContain("ended");
  expect(ended?.match(/unknown/g)).toHaveLength(2);
  expect(ended).not.toContain("to 120");
});

test("a topic without a history has no table of it", () => {
  const { container } = show(<Changes changes={[]} />);
  expect(container.querySelector("table")).toBeNull();
});
