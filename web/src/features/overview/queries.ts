import { queryOptions } from "@tanstack/react-query";
import { answer, client } from "@/api/client";
import type { Shape } from "@/api/shapes";

export type Evaluation = Shape<"EvaluationOut">;

const BEST = 5;

/** The evaluations with the greatest share of right answers, each as its speaking grader saw it. */
export const bestRunsQuery = () => {
  const query = { speaking: true, sort: "-accuracy", limit: BEST } as const;
  return queryOptions({
    queryKey: ["overview", "best runs"],
    queryFn: ({ signal }) =>
      answer(client.GET("/api/v1/evaluations", { params: { query }, signal })),
  });
};
