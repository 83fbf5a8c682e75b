import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { answer, client } from "@/api/client";
import { ApiProblem } from "@/api/problem";
import type { Shape } from "@/api/shapes";

export type Comparison = Shape<"ComparisonOut">;
export type Flipped = Shape<"FlippedOut">;
export type Evaluation = Shape<"EvaluationOut">;
type FlippedPage = Shape<"Page_FlippedOut_">;
export type Change = Flipped["change"];

/** What is claimed and on what it is judged; what is not said is the server's to say. */
export type Said = {
  claim?: Shape<"Direction"> | undefined;
  /** Proportions: 0.01 is one point. */
  delta?: number | undefined;
  alpha?: number | undefined;
  problem_set?: string | undefined;
  grader?: string | undefined;
};
export type Asked = Said & { first: string; second: string };
export type FlippedFilters = { change?: Change | undefined; cursor?: string | undefined };

const PROBLEMS = 10; // on a page: each brings two whole answers
const CANDIDATES = 30;

/** The first run against the second. While only the claim changes, the last answer stays in sight. */
export function comparisonQuery(asked: Asked) {
  const query = said(asked);
  return queryOptions({
    queryKey: ["comparisons", asked.first, asked.second, "verdict", query],
    // As a Comparison: the client's types forget that an interval has exactly two ends.
    queryFn: async ({ signal }) =>
      (await answer(
        client.GET("/api/v1/comparisons", { params: { query }, signal }),
      )) as Comparison,
    placeholderData: (previous: Comparison | undefined, before) =>
      isOfPair(before?.queryKey, asked) ? previous : undefined,
  });
}

/** The problems that flipped, page by page, with both answers. */
export function flippedQuery(asked: Asked, filters: FlippedFilters) {
  const query = { ...said(asked), ...said(filters), limit: PROBLEMS };
  return queryOptions({
    queryKey: ["comparisons", asked.first, asked.second, "problems", query],
    queryFn: ({ signal }) =>
      answer(client.GET("/api/v1/comparisons/problems", { params: { query }, signal })),
    placeholderData: (previous: FlippedPage | undefined, before) =>
      isOfPair(before?.queryKey, asked) ? previous : undefined,
  });
}

/** Answers about one pair never stand in for those about another. */
function isOfPair(key: readonly unknown[] | undefined, { first, second }: Asked): boolean {
  return key?.[1] === first && key[2] === second;
}

/** Runs to choose from: by a piece of the name, or by number. */
export function candidatesQuery(typed: string) {
  const text = typed.trim();
  return queryOptions({
    queryKey: ["evaluations", "candidates", text],
    queryFn: ({ signal }) =>
      /^r\d+$/i.test(text) ? byNumber(text.toLowerCase(), signal) : byName(text, signal),
    placeholderData: keepPreviousData,
  });
}

async function byName(q: string, signal: AbortSignal): Promise<Evaluation[]> {
  const query = { speaking: true, sort: "-id" as const, limit: CANDIDATES, ...said({ q }) };
  return (await answer(client.GET("/api/v1/evaluations", { params: { query }, signal }))).items;
}

async function byNumber(reference: string, signal: AbortSignal): Promise<Evaluation[]> {
  try {
    const params = { path: { reference } };
    const run = await answer(client.GET("/api/v1/runs/{reference}", { params, signal }));
    return run.judged.filter((e) => e.rank === 0);
  } catch (error) {
    if (error instanceof ApiProblem && error.status === 404) return [];
    throw error;
  }
}

type Given<T> = { [Name in keyof T]: Exclude<T[Name], undefined> };

/** Only what is said goes into a question. */
function said<T extends object>(parameters: T): Given<T> {
  return Object.fromEntries(
    Object.entries(parameters).filter(([, value]) => value !== undefined && value !== ""),
  ) as Given<T>;
}
