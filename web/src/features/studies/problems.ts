import type { Problems } from "./queries";

const SHOWN = 10;
export type Disputed = { problem: string; share: number };

/** The problems that the runs agree on least: half solve them, half do not. Those that all agree on are left out. */
export function disputed({ problem_keys: keys, share }: Pick<Problems, "problem_keys" | "share">) {
  return keys
    .map((problem, index): Disputed => ({ problem, share: share[index] ?? 0 }))
    .filter((row) => row.share > 0 && row.share < 1)
    .sort((a, b) => Math.abs(a.share - 0.5) - Math.abs(b.share - 0.5))
    .slice(0, SHOWN);
}
