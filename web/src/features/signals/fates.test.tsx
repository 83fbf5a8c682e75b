// @vitest-environment jsdom
import { screen } from "@testing-library/react";
import { show } from "@tests/show";
import { expect, test } from "vitest";
import { Fates, WithdrawnNote } from "./fates";
import type { Topic } from "./queries";

const WITHDRAWN = {
  snapshot_id: 9,
  as_of: "2024-03-06",
  slug: "ploxter",
  name: "Ploxter",
  fate: "withdrawn",
  reason: "merged",
  onset: "2024-02-01",
  standing_before: "confirmed",
  phase_before: "emerging",
  standing: null,
  phase: null,
  numbers: { into_name: "Grimwald", decision: 3, kind: null },
  says: "",
};
const topic = (as_of: string, place: string | null, fates: unknown[] = [WITHDRAWN]) =>
  ({ slug: "ploxter", fates, snapshot: { as_of }, judged: place ? { place } : null }) as Topic;
const note = () => screen.queryByText(/^Withdrawn as of/);

test("what became of a topic is told by snapshot, with the way there", () => {
  show(<Fates topic={topic("2024-03-06", null)} />);
  expect(screen.getByText("withdrawn, merged")).toBeTruthy();
  expect(
    screen.getByText("its name is counted as Grimwald now (decision 3 of people)"),
  ).toBeTruthy();
  expect(screen.getByRole("link").getAttribute("href")).toBe("/signals/ploxter?snapshot=9");
});

test.each([
  ["of the day before says that it was withdrawn since", "2024-03-05", "signal", true],
  ["of the day says so, though nothing was judged", "2024-03-06", null, true],
  ["of a later day on which it is no signal says so", "2024-04-01", "watch", true],
  ["of a signal that began anew says nothing", "2024-06-01", "signal", false],
  ["of a day before it began says nothing", "2024-01-05", "watch", false],
])("a page %s", (_, as_of, place, told) => {
  show(<WithdrawnNote topic={topic(as_of, place)} />);
  expect(note() !== null).toBe(told);
});

test("a topic that was never withdrawn has no such note", () => {
  show(<WithdrawnNote topic={topic("2024-03-06", "signal", [{ ...WITHDRAWN, fate: "ended" }])} />);
  expect(note()).toBeNull();
});
