import { expect, test } from "vitest";
import { storiesLeftOut } from "./series";

const day = (stories: number | null) => ({ day: "2022-12-01", stories, expected: 0.1, read: 10 });

test("stories that the chart does not show are counted, of the last 28 days only", () => {
  const history = [day(50), ...Array.from({ length: 27 }, () => day(1)), day(null)];
  expect(storiesLeftOut({ stories: 30, history })).toBe(3);
  expect(storiesLeftOut({ stories: 27, history })).toBe(0);
});
