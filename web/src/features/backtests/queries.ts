import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { answer, client } from "@/api/client";
import type { Shape } from "@/api/shapes";

export type Listed = Shape<"BacktestOut">;
export type Backtest = Shape<"BacktestDetailOut">;
export type Null = Shape<"NullOut">;
export type Share = Shape<"ShareOut">;

const LIMIT = 50;

/** The back-tests that were finished, the latest first. */
export const backtestsQuery = (cursor: string | undefined) =>
  queryOptions({
    queryKey: ["backtests", "list", cursor ?? ""],
    queryFn: ({ signal }) =>
      answer(
        client.GET("/api/v1/backtests", { params: { query: { cursor, limit: LIMIT } }, signal }),
      ),
    placeholderData: keepPreviousData,
  });

/** One back-test with everything that it measured. It never changes. */
export const backtestQuery = (number: number) =>
  queryOptions({
    queryKey: ["backtests", "one", number],
    // The client forgets how long the lists of fixed length are.
    queryFn: async ({ signal }) =>
      (await answer(
        client.GET("/api/v1/backtests/{number}", { params: { path: { number } }, signal }),
      )) as Backtest,
    staleTime: Number.POSITIVE_INFINITY,
  });
