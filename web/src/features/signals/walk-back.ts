import type { Shape } from "@/api/shapes";

type Arithmetic = Shape<"ArithmeticOut">;
export type Stratum = Shape<"StratumOut"> & { log_likelihood_ratio: number };

export type WalkedBack = {
  /** The strongest first. */
  strata: Stratum[];
  /** Sum over the strata that are listed. */
  listed: number;
  /** What the strata without a story in the window add; 0 or less. */
  silent: number;
  total: number;
};

/**
 * Takes the likelihood ratio of the best window apart into the strata that it is the sum of.
 *
 * ln LR = (1 / phi) [Y ln rho + (a + Y) ln((b + E) / (b + rho E))], as in
 * src/nophantom/stats/count_evidence.py. The server lists the strata that speak; the rest of its total
 * comes from those that were read and silent.
 */
export function walkBack({ factor, strata, log_likelihood_ratio: total }: Arithmetic): WalkedBack {
  const each = strata
    .map((stratum) => ({ ...stratum, log_likelihood_ratio: logRatio(stratum, factor) }))
    .sort((one, other) => other.log_likelihood_ratio - one.log_likelihood_ratio);
  const listed = each.reduce((sum, stratum) => sum + stratum.log_likelihood_ratio, 0);
  const rest = total - listed;
  return { strata: each, listed, silent: Math.abs(rest) < 1e-9 ? 0 : rest, total };
}

function logRatio(stratum: Shape<"StratumOut">, rho: number): number {
  const { stories: y, read, baseline_stories: a, baseline_read: b, overdispersion: phi } = stratum;
  return (y * Math.log(rho) + (a + y) * Math.log((b + read) / (b + rho * read))) / phi;
}
