import { queryOptions } from "@tanstack/react-query";
import { answer, client } from "@/api/client";
import type { Shape } from "@/api/shapes";

export type Recommendation = Shape<"RecommendationOut">;
export type Track = Shape<"TrackRecordOut">;

const MOST = 200; // more than there are rules

/** How often each rule was right, for real snapshots or for simulated ones. */
export const trackRecordQuery = (simulated: boolean) =>
  queryOptions({
    queryKey: ["recommendations", "track record", simulated],
    queryFn: ({ signal }) =>
      answer(
        client.GET("/api/v1/track-record", {
          params: { query: { simulated, limit: MOST } },
          signal,
        }),
      ),
  });

/** A document that a recommendation names, for its title and its address. */
export const namedDocumentQuery = (native_id: string) =>
  queryOptions({
    queryKey: ["recommendations", "document", native_id],
    queryFn: ({ signal }) =>
      answer(
        client.GET("/api/v1/documents/{native_id}", { params: { path: { native_id } }, signal }),
      ),
  });
