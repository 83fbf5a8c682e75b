import type { Evaluation } from "./queries";

/**
 * Whom each run is best compared with: the best other run on the same problems.
 *
 * Runs on different problem sets have nothing in common, and a run has no rival in itself.
 */
export function rivalOf(run: Evaluation, all: Evaluation[]): Evaluation | null {
  const others = all.filter(
    (other) =>
      other.run_id !== run.run_id &&
      other.problem_set === run.problem_set &&
      other.split === run.split,
  );
  return others[0] ?? null;
}

/** How much of what the log says it holds is there; null when all of it is, or the log says nothing. */
export function missingFrom(run: Evaluation): { held: number; declared: number } | null {
  const { declared, outcomes } = run;
  return declared !== null && outcomes < declared ? { held: outcomes, declared } : null;
}
