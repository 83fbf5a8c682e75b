// @vitest-environment jsdom
import { screen } from "@testing-library/react";
import { show } from "@tests/show";
import { expect, test } from "vitest";
import type { Shape } from "@/api/shapes";
import { Told } from "./reckoned";

const TOPIC = {
  slug: "blax",
  name: "blax",
  stories: 4,
  entered: "2022-11-02",
  missing: 2,
  log_needed: 10,
  told_in: [
    {
      stratum: "posts / en",
      stories: 4,
      recent: 1,
      first: "2022-11-01",
      last: "2022-12-20",
      is_mute: true,
    },
  ],
  days: [],
  would_be: null,
  documents: [],
} as Shape<"ReckonedOut">;
const WOULD_BE = {
  place: "drop",
  reason: "spike_one_day",
  log_e: -0.1,
  stories: 1,
  expected: 0.5,
  ratio: 1.3,
  ratio_low: 0.1,
  ratio_high: 4,
  momentum_low: 0.1,
  needed: null,
} as NonNullable<Shape<"ReckonedOut">["would_be"]>;

test("a topic with too few stories says how many it lacks, and where it was read", () => {
  show(<Told topic={TOPIC} />);
  expect(screen.getByText(/2 more stories in 28 days would make it a candidate/)).toBeTruthy();
  expect(screen.getByText(/posts \/ en/).textContent).toMatch(/4.*1.*too little/);
});

test("what it would be as a candidate is told with its reason, or with what would show it", () => {
  const { unmount } = show(<Told topic={{ ...TOPIC, would_be: WOULD_BE }} />);
  expect(screen.getByText(/would be dropped/)).toBeTruthy();
  unmount();
  const watched = { ...WOULD_BE, place: "watch", reason: null, needed: 3 } as typeof WOULD_BE;
  show(<Told topic={{ ...TOPIC, would_be: watched }} />);
  expect(screen.getByText(/3 more stories within 7 days/)).toBeTruthy();
});

test("before its second story nothing is judged", () => {
  show(<Told topic={{ ...TOPIC, entered: null }} />);
  expect(screen.getByText(/second story has not come/)).toBeTruthy();
});
