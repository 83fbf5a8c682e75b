import type { SnapshotDay } from "./queries";

/**
 * The stops of the slider, the earliest first: of each day the snapshot that was stored last, or the
 * one that is looked at.
 *
 * @param days of all snapshots, the latest first
 * @param shown the snapshot that is looked at: simulated snapshots and real ones are two ways
 */
export function stopsOf(
  days: SnapshotDay[],
  shown: { id: number; simulated: boolean },
): SnapshotDay[] {
  const ofDay = new Map<string, SnapshotDay>();
  for (const one of days) {
    if (one.simulated !== shown.simulated) continue;
    if (!ofDay.has(one.as_of) || one.id === shown.id) ofDay.set(one.as_of, one);
  }
  return [...ofDay.values()].toReversed();
}
