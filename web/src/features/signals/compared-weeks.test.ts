import { expect, test } from "vitest";
import { dayNumber, isoDay, namesOf, weekPoints } from "./compared-weeks";

test("weeks lie seven days apart over the turn of a year, and come back", () => {
  expect(dayNumber("2023-01-03") - dayNumber("2022-12-27")).toBe(7);
  expect(isoDay(dayNumber("2022-12-27") + 0.4)).toBe("2022-12-27");
});

test("a week in which nothing was read is a gap, its exposure is 0", () => {
  const weeks = [
    { ends: "2022-12-20", stories: null, expected: null, read: 0, per_thousand: null },
  ];
  expect(weekPoints({ weeks }, "stories")[0]?.y).toBeNull();
  expect(weekPoints({ weeks }, "read")[0]?.y).toBe(0);
});

test("names of an address are told once, without blanks, at most eight", () => {
  expect(namesOf(" llama, ,langchain,llama")).toEqual(["llama", "langchain"]);
  expect(namesOf(undefined)).toEqual([]);
  expect(namesOf("a,b,c,d,e,f,g,h,i")).toHaveLength(8);
});
