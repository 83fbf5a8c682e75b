import { expect, test } from "vitest";
import { partsOf, reasonOf } from "./parts";

test("what goes on stands first, then what waits, then what was dropped, the most first", () => {
  const parts = { seasonal: 14, spike_one_day: 580, watch: 145, signals: 3, merged_into: 0 };
  const told = partsOf({ stage: "candidates", total: 742, parts });
  expect(told.map(({ key, way }) => `${key} ${way}`)).toEqual([
    "signals on",
    "watch aside",
    "spike_one_day out",
    "seasonal out",
  ]);
});

test("that nothing goes on is told as 0, and what is unknown has no parts", () => {
  const parts = { shown: 0, "hidden:mute": 5 };
  expect(partsOf({ stage: "recommendations", total: 5, parts })).toEqual([
    { key: "shown", way: "on", n: 0 },
    { key: "hidden:mute", way: "out", n: 5 },
  ]);
  expect(partsOf({ stage: "recommendations", total: null, parts: null })).toEqual([]);
});

test("to read is an action of a role, and no stage of documents", () => {
  expect(reasonOf("signals_x_roles", "read")).toEqual({ kind: "action", value: "read" });
  expect(reasonOf("signals_x_roles", "no_action:too_recent")).toEqual({
    kind: "no_action",
    value: "too_recent",
  });
  expect(reasonOf("items", "bad_date")).toEqual({ kind: "item_drop", value: "bad_date" });
});
