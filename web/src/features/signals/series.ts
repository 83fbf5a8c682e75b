import type { Judged } from "./queries";

const SUPPORT_DAYS = 28;

/**
 * Stories of the last 28 days that the series does not hold.
 *
 * It counts the parts of the sources that have a baseline, so that no story is without its exposure;
 * the number of stories counts all of them.
 */
export function storiesLeftOut({ stories, history }: Pick<Judged, "stories" | "history">): number {
  const held = history
    .slice(-SUPPORT_DAYS)
    .reduce((sum, { stories: ofDay }) => sum + (ofDay ?? 0), 0);
  return Math.max(0, stories - held);
}
