// @vitest-environment jsdom
import { screen } from "@testing-library/react";
import { show } from "@tests/show";
import { expect, test } from "vitest";
import { KeyNumbers } from "./key-numbers";
import { PhaseNumbers } from "./phase-numbers";
import type { Judged, Topic } from "./queries";
import { TopicPlace } from "./topic-place";
import { TopicSeries } from "./topic-series";
import { Unjudged } from "./topic-view";

const SNAPSHOT = {
  as_of: "2022-12-20",
  log_threshold: Math.log(480_000),
  n_topics: 144_609,
  simulated: false,
  parameters: {
    q: 0.1,
    confirm_shown: 3,
    confirm_days: 5,
    min_support: 3,
    phantom_below: 1.5,
    technology_only: true,
  },
} as Topic["snapshot"];

const JUDGED = {
  name: "Advent",
  place: "drop",
  reason: "seasonal",
  log_e: 31.1,
  stories: 34,
  expected: 0.48,
  momentum: 2.7,
  momentum_low: 0.72,
  momentum_high: 5.6,
  ratio: 16,
  ratio_low: 11,
  ratio_high: 21,
  standing: null,
  needed: null,
  rates_phase: null,
  history: [],
  gates: [
    {
      fact: "seasonal_ratio",
      found: 24.4,
      bound: "at_most",
      limit: 3,
      reason: "seasonal",
      outcome: "missed",
    },
  ],
} as unknown as Judged;

test("a drop says why, with its own number", () => {
  show(<TopicPlace judged={JUDGED} snapshot={SNAPSHOT} />);
  expect(screen.getByText("Why is this not a signal?")).toBeTruthy();
  expect(screen.getByText(/its rate was 24× its other rate/)).toBeTruthy();
});

test("a drop that another topic tells names it, and links to it in the same snapshot", async () => {
  const told: Judged = {
    ...JUDGED,
    reason: "merged_into",
    told_by: { slug: "adventofcode", name: "Advent of Code" },
  };
  show(<TopicPlace judged={told} snapshot={{ ...SNAPSHOT, id: 7 }} />);
  const link = await screen.findByRole("link", { name: "Advent of Code" });
  expect(link.getAttribute("href")).toBe("/signals/adventofcode?snapshot=7");
});

test("a topic whose name is counted as another says as which, and why", async () => {
  const name = {
    alias: "qv",
    alias_name: "QV",
    topic: "quuxvint",
    topic_name: "Quux Vint",
    stories: 12,
    kind: null,
    decision_id: 3,
  };
  const topic = { counted_as: name, snapshot: { ...SNAPSHOT, id: 7 } } as Topic;
  show(<Unjudged topic={topic} />);
  expect(await screen.findByText("Counted as Quux Vint")).toBeTruthy();
  expect(screen.queryByText(/fewer than/)).toBeNull();
  expect(screen.getByRole("link", { name: "Quux Vint" }).getAttribute("href")).toContain(
    "quuxvint",
  );
});

test("a watched topic says what would decide, and when nothing would", () => {
  const watched: Judged = { ...JUDGED, place: "watch", reason: null, needed: 1 };
  const { unmount } = show(<TopicPlace judged={watched} snapshot={SNAPSHOT} />);
  expect(screen.getByText(/1 more story within 7 days/)).toBeTruthy();
  unmount();
  show(<TopicPlace judged={{ ...watched, needed: null }} snapshot={SNAPSHOT} />);
  expect(screen.getByText(/No number of stories in the last 7 days/)).toBeTruthy();
});

test("an e-value is told against the threshold, in the light of where the topic ended", () => {
  const confirmed: Judged = {
    ...JUDGED,
    place: "signal",
    reason: null,
    standing: "confirmed",
    log_e: -0.7,
  };
  const { unmount } = show(<KeyNumbers judged={confirmed} snapshot={SNAPSHOT} />);
  expect(screen.getByText(/it stays because it was confirmed before/)).toBeTruthy();
  unmount();
  show(<KeyNumbers judged={JUDGED} snapshot={SNAPSHOT} />);
  expect(screen.getByText(/but a gate closed/)).toBeTruthy();
});

test("a missing series says why, and how to get one", () => {
  const { unmount } = show(<TopicSeries judged={JUDGED} snapshot={SNAPSHOT} />);
  expect(screen.getByText("No series is kept of what was dropped.")).toBeTruthy();
  unmount();
  const old: Judged = { ...JUDGED, place: "signal", reason: null };
  show(<TopicSeries judged={old} snapshot={{ ...SNAPSHOT, simulated: true }} />);
  expect(screen.getByText("nophantom trends detect --as-of 2022-12-20 --simulated")).toBeTruthy();
});

test("the rule that decided the phase is marked in words, and an unknown bound is no number", () => {
  show(
    <PhaseNumbers
      phase="mature"
      numbers={{
        degraded: false,
        expected_at_onset: 6,
        onset_age: 200,
        growth_low: null,
        growth_high: null,
        since_onset: null,
        changes: [],
      }}
    />,
  );
  expect(screen.getByText("applies").closest("li")?.textContent).toContain("Mature");
  expect(screen.getByText(/lower bound of their ratio is above 1 \(unknown\)/)).toBeTruthy();
});
