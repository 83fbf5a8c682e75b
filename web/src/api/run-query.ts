import { queryOptions } from "@tanstack/react-query";
import { answer, client } from "./client";

/** One run with its evaluations, by `r12` or a unique piece of its name. Several features ask it. */
export function runQuery(reference: string) {
  return queryOptions({
    queryKey: ["runs", "one", reference],
    queryFn: ({ signal }) =>
      answer(client.GET("/api/v1/runs/{reference}", { params: { path: { reference } }, signal })),
  });
}
