import { percent } from "@/format/numbers";
import i18n from "@/i18n";
import type { Backtest, Share } from "./queries";

/** A share with its interval, in words: "5.3% (1.5% to 17.3%)". */
export function shareText(share: Share | null): string {
  if (share === null) return i18n.t("format.unknown");
  if (share.low === null || share.high === null) return percent(share.point);
  return i18n.t("backtest.share", {
    point: percent(share.point),
    low: percent(share.low),
    high: percent(share.high),
  });
}

/** One rule in a line; null where something was not measured. */
export type RuleLine = {
  rule: string;
  /** Median delay in days of bursts of two stories a day, and the share of them that was found. */
  delay: number | null;
  recall: number | null;
  /** Of the references of the first kind, what was listed before its day. */
  lead: Share | null;
  relevant: Share | null;
  /** What has left the list on the next day. */
  churn: number | null;
};

const GLANCE = 2; // stories a day

export function ruleLines(backtest: Backtest): RuleLine[] {
  const kind = backtest.lead_shares[0]?.kind;
  return backtest.rules.map((rule) => {
    const recalls = backtest.recalls.find((one) => one.rule === rule)?.rates;
    const at = recalls?.find(({ rate }) => rate === GLANCE);
    const leads = backtest.lead_shares.filter((one) => one.rule === rule && one.kind === kind);
    const lead = leads.find(({ listed }) => listed === "either") ?? leads[0];
    const relevance = backtest.relevance.find((one) => one.rule === rule);
    const churn = backtest.churn.find((one) => one.rule === rule);
    return {
      rule,
      delay: at?.delays[1] ?? null,
      recall: at?.recall.point ?? null,
      lead: lead?.share ?? null,
      relevant: relevance?.precision ?? null,
      churn: churn?.lags[0]?.share ?? null,
    };
  });
}

type Lead = Backtest["leads"][number]["leads"][number];

/** The leads of one list in days: of signals and watch list together where both were looked at. */
export function ofOneList(leads: Lead[]): (number | null)[] {
  const listed = leads.some((one) => one.listed === "either") ? "either" : leads[0]?.listed;
  return leads.filter((one) => one.listed === listed).map(({ days }) => days);
}

/** The share of references that was listed at least so many days before, for each number of days that occurs. */
export function aheadBy(days: (number | null)[]): { x: number; y: number }[] {
  const ahead = days.filter((one): one is number => one !== null && one > 0);
  return [...new Set(ahead)]
    .sort((a, b) => a - b)
    .map((least) => ({ x: least, y: ahead.filter((one) => one >= least).length / days.length }));
}
