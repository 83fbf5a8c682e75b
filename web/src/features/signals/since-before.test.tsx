// @vitest-environment jsdom
import { screen } from "@testing-library/react";
import { show } from "@tests/show";
import { expect, test } from "vitest";
import type { Shape } from "@/api/shapes";
import type { Fate } from "./fate";
import { Changed } from "./since-before";

const GONE = {
  onset: "2024-02-01",
  reason: null,
  standing_before: "confirmed",
  phase_before: "emerging",
  standing: null,
  phase: null,
  says: "",
} as const;
const NOTHING = { place: null, gate: null, stories: null, log_e: null, log_threshold: 3 };
const fate = (name: string, told: Partial<Fate>) =>
  ({ ...GONE, slug: name.toLowerCase(), name, numbers: {}, ...told }) as Fate;
const FATES = [
  fate("Ploxter", {
    fate: "withdrawn",
    reason: "merged",
    numbers: { into_name: "Grimwald", decision: 3, kind: null },
  }),
  fate("Copied", {
    fate: "withdrawn",
    reason: "corrected",
    numbers: { documents: 20, counted: 1, joined: 19, not_told: 0, not_read: 0 },
  }),
  fate("Quux", {
    fate: "ended",
    numbers: { day: "2024-03-04", since_onset: [0.6, 0.1, 1.2], ...NOTHING },
  }),
  fate("Flash", {
    fate: "not_shown",
    numbers: { ...NOTHING, place: "drop", gate: "spike_one_day", stories: 8, log_e: 1 },
  }),
  fate("Zorb", { fate: "still", standing: "confirmed", phase: "growing" }),
];
const CHANGES = {
  before: { id: 7, as_of: "2024-03-05", simulated: false, signals: 6, watch: 1, drops: 1 },
  counts: { withdrawn: 2, ended: 1, not_shown: 1, still: 2, new: 0, beyond_history: 0 },
  phases_changed: 1,
  fates: FATES,
} as Shape<"ChangesOut">;

test("each signal of the snapshot before is told of, with the reason and the numbers", () => {
  show(<Changed changes={CHANGES} chosen="9" />);
  expect(
    screen.getByText(
      /^Since .+: 2 withdrawn, 1 ended, 1 not shown any more, 1 in another phase; 2 of 6 signals are/,
    ),
  ).toBeTruthy();
  for (const why of [
    "its name is counted as Grimwald now (decision 3 of people)",
    /^of its 20 documents 1 still counted, 19 in one story with others of them/,
    /its rate was 0\.6 \(0\.1 to 1\.2\) times that before its onset; too few stories/,
    /^a spike of one day: 8 stories in the last 28 days, e-value 2\.7/,
    "emerging before, growing now",
  ])
    expect(screen.getByText(why)).toBeTruthy();
});

test("what is no signal any more leads to the snapshot in which it was one", () => {
  show(<Changed changes={CHANGES} chosen="9" />);
  const leads = (name: string) =>
    screen.getAllByText(name).map((one) => one.closest("a")?.getAttribute("href"));
  expect([leads("Ploxter")[0], leads("Zorb")[0]]).toEqual([
    "/signals/ploxter?snapshot=7",
    "/signals/zorb?snapshot=9",
  ]);
});

test("where nothing changed that is said; where nothing was before, nothing is", () => {
  const same = { ...CHANGES, counts: { still: 6 }, phases_changed: 0, fates: [] };
  show(<Changed changes={same as Shape<"ChangesOut">} chosen={undefined} />);
  expect(screen.getByText(/nothing changed; 6 of 6 signals are signals still$/)).toBeTruthy();
  show(<Changed changes={{ ...same, before: null, counts: {} }} chosen={undefined} />);
  expect(screen.getAllByText(/^Since /)).toHaveLength(1);
});
