import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { answer, client } from "@/api/client";
import type { Shape } from "@/api/shapes";

export type Funnel = Shape<"FunnelOut">;
export type Stage = Shape<"StageOut">;

/** The whole way from items to recommendations, as of one snapshot. */
export const funnelQuery = (snapshot: number) =>
  queryOptions({
    queryKey: ["funnel", snapshot],
    queryFn: ({ signal }) =>
      answer(
        client.GET("/api/v1/snapshots/{snapshot}/funnel", {
          params: { path: { snapshot: String(snapshot) } },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
  });
