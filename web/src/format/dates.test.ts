import { afterAll, beforeAll, expect, test } from "vitest";
import { day, month } from "./dates";

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
