import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { answer, client } from "@/api/client";
import type { Shape } from "@/api/shapes";
import type { WordOf } from "@/i18n/words";

export type Source = Shape<"SourceOut">;
export type SourceDetail = Shape<"SourceDetailOut">;
export type Summary = Shape<"SourcesSummaryOut">;
export type Visit = Shape<"VisitOut">;

export type SourcesSearch = {
  q?: string | undefined;
  sort?: string | undefined;
  cursor?: string | undefined;
  state?: WordOf<"source_state"> | undefined;
  protocol?: WordOf<"source_protocol"> | undefined;
  trouble?: WordOf<"trouble"> | undefined;
  failing?: "yes" | "no" | undefined;
};

const LIMIT = 50;
const VISITS = 20;
const SORTS = [
  "address",
  "-address",
  "next_at",
  "-next_at",
  "failures",
  "-failures",
  "id",
  "-id",
] as const;

export const sourcesQuery = (search: SourcesSearch) => {
  const { q, cursor, state, protocol, trouble, failing } = search;
  const query = {
    q,
    cursor,
    state: state && [state],
    protocol: protocol && [protocol],
    trouble: trouble && [trouble],
    failing: failing && failing === "yes",
    // What an address says wrongly counts as not said: then the server's own order holds.
    sort: SORTS.find((order) => order === search.sort),
    limit: LIMIT,
  };
  return queryOptions({
    queryKey: ["sources", "list", query],
    queryFn: ({ signal }) => answer(client.GET("/api/v1/sources", { params: { query }, signal })),
    placeholderData: keepPreviousData,
  });
};

export const summaryQuery = () =>
  queryOptions({
    queryKey: ["sources", "summary"],
    queryFn: ({ signal }) => answer(client.GET("/api/v1/sources/summary", { signal })),
  });

export const sourceQuery = (number: number) =>
  queryOptions({
    queryKey: ["sources", "one", number],
    queryFn: ({ signal }) =>
      answer(client.GET("/api/v1/sources/{number}", { params: { path: { number } }, signal })),
  });

export const visitsQuery = (number: number, cursor: string | undefined) => {
  const query = { cursor, limit: VISITS };
  return queryOptions({
    queryKey: ["sources", "visits", number, query],
    queryFn: ({ signal }) =>
      answer(
        client.GET("/api/v1/sources/{number}/visits", {
          params: { path: { number }, query },
          signal,
        }),
      ),
    placeholderData: (old, oldQuery) => (oldQuery?.queryKey[2] === number ? old : undefined),
  });
};
