import { expect, test } from "vitest";
import { byMeasure, isoMonth, monthNumber, pointsOf } from "./adoption-series";

test("months lie at equal distances and come back", () => {
  expect(monthNumber("2023-01-01") - monthNumber("2022-12-01")).toBe(1);
  for (const iso of ["2022-12-01", "2023-01-01", "0999-07-01"])
    expect(isoMonth(monthNumber(iso))).toBe(iso);
  expect(isoMonth(monthNumber("2022-12-01") + 0.4)).toBe("2022-12-01");
});

test("a month that nobody told is a gap, not a zero", () => {
  const months = [
    { month: "2022-11-01", value: 5 },
    { month: "2023-01-01", value: 0 },
  ];
  expect(pointsOf({ months }).map(({ y }) => y)).toEqual([5, null, 0]);
  expect(pointsOf({ months: [] })).toEqual([]);
});

test("downloads and stars are drawn apart", () => {
  const one = { product: "pypi:a", url: null, measure: "downloads", months: [] } as const;
  const other = { ...one, product: "github:a/a", measure: "stars_total" } as const;
  const found = byMeasure(
    [one, other, { ...one, product: "npm:a" }].map((s) => ({ ...s, months: [] })),
  );
  expect(found.map(([measure, series]) => [measure, series.length])).toEqual([
    ["downloads", 2],
    ["stars_total", 1],
  ]);
});
