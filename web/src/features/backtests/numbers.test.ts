import { expect, test } from "vitest";
import { aheadBy, ofOneList, ruleLines, shareText } from "./numbers";
import type { Backtest } from "./queries";

const share = (point: number) => ({ point, low: 0.01, high: 0.5, confidence: 0.95, n: 38 });
const rate = (value: number | null, median: number | null) => ({
  rate: value,
  n: 3,
  found: 3,
  recall: share(1),
  delays: [1, median, null],
});

test("a line for each rule; what it was not tried on is unknown, never nothing", () => {
  const backtest = {
    rules: ["ours", "ratio"],
    recalls: [{ rule: "ours", rates: [rate(1, 12), rate(2, 6), rate(null, 3)] }],
    lead_shares: [
      { rule: "ours", kind: "radar", listed: "signals", share: share(0.05) },
      { rule: "ours", kind: "radar", listed: "either", share: share(0.2) },
      { rule: "ratio", kind: "cncf", listed: "signals", share: share(0.9) },
    ],
    relevance: [],
    churn: [{ rule: "ratio", lags: [{ lag: 1, share: 0.35 }] }],
  } as unknown as Backtest;

  expect(ruleLines(backtest)).toEqual([
    { rule: "ours", delay: 6, recall: 1, lead: share(0.2), relevant: null, churn: null },
    { rule: "ratio", delay: null, recall: null, lead: null, relevant: null, churn: 0.35 },
  ]);
});

test("a share says its interval, and an unknown one that it is unknown", () => {
  expect(shareText(share(0.0526))).toBe("5.3% (1.0% to 50.0%)");
  expect(shareText({ ...share(0.5), low: null, high: null })).toBe("50.0%");
  expect(shareText(null)).toBe("unknown");
});

test("the share that was listed early enough falls with the days; what came late counts below", () => {
  expect(aheadBy([30, 10, -5, null])).toEqual([
    { x: 10, y: 0.5 },
    { x: 30, y: 0.25 },
  ]);
  expect(aheadBy([null, 0])).toEqual([]);
});

test("leads of two lists are not counted twice", () => {
  const lead = (listed: string, days: number | null) =>
    ({ listed, days }) as Parameters<typeof ofOneList>[0][number];
  expect(ofOneList([lead("signals", 3), lead("watch", null), lead("either", 9)])).toEqual([9]);
  expect(ofOneList([lead("signals", 3), lead("signals", null)])).toEqual([3, null]);
  expect(ofOneList([])).toEqual([]);
});
