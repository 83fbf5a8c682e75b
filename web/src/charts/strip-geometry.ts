/**
 * Lanes for dots that would lie on one another: 0 is the middle, then 1, -1, 2, -2 ...
 *
 * Each dot keeps its place on the scale; only across it is it moved, so that none hides another.
 *
 * @param places in pixels, in any order
 * @param gap the least distance in pixels of two dots of one lane
 * @returns one lane for each place, in the order given
 */
export function dodge(places: number[], gap: number): number[] {
  const order = places.map((_, index) => index).sort((a, b) => place(places, a) - place(places, b));
  const lastOf = new Map<number, number>();
  const lanes = new Array<number>(places.length).fill(0);
  for (const index of order) {
    const here = place(places, index);
    let turn = 0;
    while (here - (lastOf.get(laneOf(turn)) ?? Number.NEGATIVE_INFINITY) < gap) turn += 1;
    lanes[index] = laneOf(turn);
    lastOf.set(laneOf(turn), here);
  }
  return lanes;
}

function place(places: number[], index: number): number {
  return places[index] ?? 0;
}

/** 0, 1, 2, 3, 4 -> 0, 1, -1, 2, -2. */
function laneOf(turn: number): number {
  return turn % 2 === 1 ? (turn + 1) / 2 : -turn / 2 || 0;
}

/** How far the lanes reach to either side. */
export function reach(lanes: number[]): number {
  return lanes.reduce((most, lane) => Math.max(most, Math.abs(lane)), 0);
}
