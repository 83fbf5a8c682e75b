import type { Evaluation } from "./queries";

type Judged = { judged: readonly Evaluation[] };

/** Names of the problem sets that both runs were evaluated on. */
export function sharedProblemSets(first: Judged, second: Judged): string[] {
  return shared(first, second, (e) => e.problem_set).map((e) => e.problem_set);
}

/** Graders of the same version that judged both runs on one problem set (of several: any of them). */
export function sharedGraders(first: Judged, second: Judged, problemSet?: string): string[] {
  const of = (run: Judged) => ({
    judged: run.judged.filter((e) => problemSet === undefined || e.problem_set === problemSet),
  });
  const key = (e: Evaluation) => JSON.stringify([e.problem_set, e.grader, e.grader_version]);
  return [...new Set(shared(of(first), of(second), key).map((e) => e.grader))];
}

function shared(first: Judged, second: Judged, key: (e: Evaluation) => string): Evaluation[] {
  const theirs = new Set(second.judged.map(key));
  const seen = new Set<string>();
  return first.judged.filter((e) => {
    const isNew = theirs.has(key(e)) && !seen.has(key(e));
    seen.add(key(e));
    return isNew;
  });
}
