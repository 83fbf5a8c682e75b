import { describe, expect, test } from "vitest";
import { dayAt, type SeriesDay, seriesMarks } from "./series-geometry";

const SIZE = { width: 40, stories: 100, read: 50 };

/** Four days: 10 pixels each. The third one read nothing. */
const DAYS: SeriesDay[] = [
  { day: "2022-12-01", stories: 2, expected: 1, read: 100 },
  { day: "2022-12-02", stories: 4, expected: 1, read: 200 },
  { day: "2022-12-03", stories: 0, expected: 1, read: 0 },
  { day: "2022-12-04", stories: 1, expected: 2, read: 100 },
];

describe("series chart", () => {
  test("bars stand on the ground and reach their number", () => {
    const { bars } = seriesMarks(DAYS, null, SIZE);
    expect(bars).toEqual([
      { x: 0, y: 50, width: 9, height: 50 },
      { x: 10, y: 0, width: 9, height: 100 },
      { x: 30, y: 75, width: 9, height: 25 },
    ]);
  });

  test("the baseline goes through the middle of days and breaks where nothing was read", () => {
    expect(seriesMarks(DAYS, null, SIZE).baseline).toBe("M5,75L15,75M35,50Z");
  });

  test("days without evidence are one gap per run, never a bar of height zero", () => {
    const days = DAYS.map((d, i) => (i >= 2 ? { ...d, read: i === 2 ? 0 : null } : d));
    expect(seriesMarks(days, null, SIZE).gaps).toEqual([{ x: 20, width: 20, days: 2 }]);
    expect(seriesMarks(days, null, SIZE).bars).toHaveLength(2);
  });

  test("a day that was read and brought nothing is no gap", () => {
    const days = DAYS.map((d) => ({ ...d, stories: 0, read: 10 }));
    const { gaps, bars } = seriesMarks(days, null, SIZE);
    expect(gaps).toEqual([]);
    expect(bars).toEqual([]);
  });

  test("the onset stands at the left edge of its day, and not at all outside", () => {
    expect(seriesMarks(DAYS, "2022-12-03", SIZE).onset).toBe(20);
    expect(seriesMarks(DAYS, "2022-12-01", SIZE).onset).toBe(0);
    expect(seriesMarks(DAYS, "2022-11-30", SIZE).onset).toBeNull();
    expect(seriesMarks(DAYS, "2023-01-01", SIZE).onset).toBeNull();
  });

  test("stories are whole, so their ticks are", () => {
    const one = DAYS.map((d) => ({ ...d, stories: 1, expected: 0.2 }));
    const { storyTicks } = seriesMarks(one, null, SIZE);
    expect(storyTicks.map((tick) => tick.value)).toEqual([0, 1]);
  });

  test("no days and no stories are drawn as nothing", () => {
    expect(seriesMarks([], null, SIZE).bars).toEqual([]);
    const blank = DAYS.map((d) => ({ ...d, stories: null, expected: null, read: null }));
    expect(seriesMarks(blank, null, SIZE)).toMatchObject({ bars: [], baseline: "", reads: [] });
  });

  test("a pointer finds its day, and the nearest one outside", () => {
    expect([-5, 0, 9.9, 10, 39, 45].map((x) => dayAt(x, 4, 40))).toEqual([0, 0, 0, 1, 3, 3]);
  });
});
