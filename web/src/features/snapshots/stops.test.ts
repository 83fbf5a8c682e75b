import { expect, test } from "vitest";
import type { SnapshotDay } from "./queries";
import { stopsOf } from "./stops";

const on = (id: number, as_of: string, simulated = false): SnapshotDay => ({
  id,
  as_of,
  simulated,
  signals: id,
  watch: 0,
  drops: 0,
});
const DAYS = [
  on(9, "2022-12-08"),
  on(8, "2022-12-07", true),
  on(7, "2022-12-06"),
  on(4, "2022-12-06"),
  on(5, "2022-12-01"),
];
const ids = (stops: SnapshotDay[]) => stops.map(({ id }) => id);

test("each day is one stop, the earliest first, and simulated snapshots are another way", () => {
  expect(ids(stopsOf(DAYS, { id: 9, simulated: false }))).toEqual([5, 7, 9]);
  expect(ids(stopsOf(DAYS, { id: 8, simulated: true }))).toEqual([8]);
});

test("where a day has several snapshots, its stop is the one that is looked at", () => {
  expect(ids(stopsOf(DAYS, { id: 4, simulated: false }))).toEqual([5, 4, 9]);
});

test("no snapshot has no stop", () => {
  expect(stopsOf([], { id: 1, simulated: false })).toEqual([]);
});
