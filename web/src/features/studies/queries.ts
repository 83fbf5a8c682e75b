import { queryOptions } from "@tanstack/react-query";
import { answer, client } from "@/api/client";
import type { Shape } from "@/api/shapes";

export type Study = Shape<"StudyOut">;

const MOST = 200; // as many as the server gives at once

/** The studies of the ledger. */
export const studiesQuery = () =>
  queryOptions({
    queryKey: ["studies", "list"],
    queryFn: ({ signal }) =>
      answer(client.GET("/api/v1/studies", { params: { query: { limit: MOST } }, signal })),
  });

/** Where the server keeps the report of a study: one page without scripts. */
export function reportAddress(study: Study): string {
  return `/api/v1/studies/${study.reference}/report`;
}
