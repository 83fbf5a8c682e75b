/** The two runs that are to be compared, by reference. Either place may be free. */
export type Choice = { first?: string | undefined; second?: string | undefined };

export function isChosen({ first, second }: Choice, reference: string): boolean {
  return first === reference || second === reference;
}

export function isFull({ first, second }: Choice): boolean {
  return first !== undefined && second !== undefined;
}

/** Takes a run out, or puts it into the first free place. Of two that are chosen none is pushed out. */
export function toggled(choice: Choice, reference: string): Choice {
  const { first, second } = choice;
  if (first === reference) return { first: undefined, second };
  if (second === reference) return { first, second: undefined };
  if (first === undefined) return { first: reference, second };
  return { first, second: second ?? reference };
}

type Sets = { judged: readonly { problem_set: string }[] };

export function problemSetsOf({ judged }: Sets): string[] {
  return [...new Set(judged.map((e) => e.problem_set))].sort();
}

/** Whether two runs were evaluated on no common problem set: then nothing can be compared. */
export function isApart(first: Sets, second: Sets): boolean {
  const other = new Set(problemSetsOf(second));
  return !problemSetsOf(first).some((name) => other.has(name));
}
