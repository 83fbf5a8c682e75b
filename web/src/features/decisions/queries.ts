import { keepPreviousData, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { answer, client } from "@/api/client";
import type { Shape } from "@/api/shapes";
import type { WordOf } from "@/i18n/words";

export type Decision = Shape<"DecisionOut">;
export type Kind = WordOf<"decision_kind">;
export type DecisionsSearch = {
  kind?: Kind | undefined;
  holds?: "yes" | "no" | undefined;
  cursor?: string | undefined;
};

const LIMIT = 50;

/** What people decided, the latest first. */
export const decisionsQuery = ({ kind, holds, cursor }: DecisionsSearch) => {
  const query = {
    kind: kind && [kind],
    holds: holds && holds === "yes",
    cursor,
    limit: LIMIT,
  };
  return queryOptions({
    queryKey: ["decisions", "list", query],
    queryFn: ({ signal }) => answer(client.GET("/api/v1/decisions", { params: { query }, signal })),
    placeholderData: keepPreviousData,
  });
};

/** Topics whose name holds what was typed: to merge into one of them. */
export const namesQuery = (typed: string) => {
  const query = { q: typed, limit: 8 };
  return queryOptions({
    queryKey: ["decisions", "names", typed],
    queryFn: ({ signal }) => answer(client.GET("/api/v1/topics", { params: { query }, signal })),
    enabled: typed.length > 1,
    placeholderData: keepPreviousData,
  });
};

/** A decision changes what lists, topics and funnels show; all of them are asked again. */
function useDeciding<Wanted>(mutationFn: (wanted: Wanted) => Promise<Decision>) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn,
    networkMode: "always",
    onSuccess: () => queries.invalidateQueries(),
  });
}

export const useDecide = () =>
  useDeciding((body: Shape<"DecisionIn">) => answer(client.POST("/api/v1/decisions", { body })));

export const useUndo = () =>
  useDeciding(({ number, reason }: { number: number; reason: string }) =>
    answer(
      client.DELETE("/api/v1/decisions/{number}", {
        params: { path: { number }, query: { reason } },
      }),
    ),
  );
