import { afterAll, beforeAll, expect, test } from "vitest";
import { day, moment, month, relative } from "./dates";

const zone = process.env.TZ;
beforeAll(() => {
  process.env.TZ = "America/Los_Angeles";
});
afterAll(() => {
  process.env.TZ = zone;
});

test("a day stays the same day west of Greenwich", () => {
  expect(new Date("2022-12-20").getDate()).toBe(19); // the trap is armed
  expect(day("2022-12-20")).toBe("Dec 20, 2022");
  expect(day("2022-12-20T23:59:00Z")).toBe("Dec 20, 2022");
  expect(month("2023-01-01")).toBe("Jan 2023");
});

test("no day is said, and what is no day is shown as it is", () => {
  expect(day(null)).toBe("unknown");
  expect(day("")).toBe("unknown");
  expect(day("last week")).toBe("last week");
});

test("a moment is shown in UTC, and says so", () => {
  expect(moment("2026-01-21T23:05:00Z")).toBe("Jan 21, 2026, 23:05 UTC");
  expect(moment("2026-01-22T01:05:00+02:00")).toBe("Jan 21, 2026, 23:05 UTC");
  expect(moment(null)).toBe("unknown");
  expect(moment("soon")).toBe("soon");
});

test("a moment is told as seen from now", () => {
  const now = new Date("2026-01-21T12:00:00Z");
  expect(relative("2026-01-21T15:10:00Z", now)).toBe("in 3 hours");
  expect(relative("2026-01-18T12:00:00Z", now)).toBe("3 days ago");
  expect(relative("2026-01-21T12:00:20Z", now)).toBe("this minute");
  expect(relative("2026-01-21T11:59:50Z", now)).toBe("this minute");
  expect(relative(undefined, now)).toBe("unknown");
});
