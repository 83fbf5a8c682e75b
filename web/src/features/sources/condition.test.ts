import { expect, test } from "vitest";
import { conditionOf } from "./condition";

const WELL = {
  state: "active",
  last_at: "2026-01-21T12:00:00Z",
  trouble: null,
  degraded: null,
} as const;

test("a source is in exactly one condition", () => {
  expect(conditionOf(WELL)).toBe("well");
  expect(conditionOf({ ...WELL, last_at: null })).toBe("new");
  expect(conditionOf({ ...WELL, trouble: "timeout", degraded: "timeout: …" })).toBe("failing");
  expect(conditionOf({ ...WELL, degraded: "silent: …" })).toBe("silent");
  expect(conditionOf({ ...WELL, state: "disabled", trouble: "timeout" })).toBe("disabled");
  expect(conditionOf({ ...WELL, state: "retired" })).toBe("retired");
});
