export type ShareParts = { all: number; some: number; none: number };

/** How many problems all runs solve, some, and none. */
export function sharesBySize(shares: number[]): ShareParts {
  const all = shares.filter((share) => share >= 1).length;
  const none = shares.filter((share) => share <= 0).length;
  return { all, none, some: shares.length - all - none };
}

/**
 * The problems side by side, from those that all runs solve to those that none does, as one area.
 *
 * @param shares of the runs that solve each problem, in any order
 * @param box of the drawing area in pixels; 100% is at the top
 * @returns a closed path, and where "all" ends and "none" begins
 */
export function shareArea(
  shares: number[],
  { width, height }: { width: number; height: number },
): { path: string; allEnds: number; noneBegins: number } {
  const sorted = shares.toSorted((a, b) => b - a);
  const step = sorted.length > 0 ? width / sorted.length : 0;
  const parts = sharesBySize(shares);
  const tops = runsOf(sorted).map(
    ({ share, from, to }) =>
      `L${round(from * step)},${round(height * (1 - share))}L${round(to * step)},${round(height * (1 - share))}`,
  );
  return {
    path: sorted.length > 0 ? `M0,${height}${tops.join("")}L${round(width)},${height}Z` : "",
    allEnds: parts.all * step,
    noneBegins: (parts.all + parts.some) * step,
  };
}

/** Equal neighbours as one: a thousand problems of forty runs are forty steps at most. */
function runsOf(sorted: number[]): { share: number; from: number; to: number }[] {
  const found: { share: number; from: number; to: number }[] = [];
  sorted.forEach((share, index) => {
    const last = found.at(-1);
    if (last && last.share === share) last.to = index + 1;
    else found.push({ share, from: index, to: index + 1 });
  });
  return found;
}

function round(pixels: number): number {
  return Math.round(pixels * 10) / 10;
}
