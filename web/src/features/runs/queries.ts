import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { answer, client } from "@/api/client";
import type { operations } from "@/api/schema";
import type { Shape } from "@/api/shapes";

export type Evaluation = Shape<"EvaluationOut">;
type Asked = NonNullable<operations["list_all_evaluations"]["parameters"]["query"]>;
export type RunSort = NonNullable<Asked["sort"]>;

export type RunFilters = {
  q?: string | undefined;
  sort?: RunSort | undefined;
  cursor?: string | undefined;
  problem_set?: string | undefined;
  /** Every grading, not only the one that speaks for each evaluation. */
  gradings?: "all" | undefined;
};

const PAGE = 50;
const MOST = 200; // rows of the largest page

/** One page of the evaluations in the ledger. */
export function evaluationsQuery({ gradings, ...filters }: RunFilters) {
  return queryOptions({
    queryKey: ["evaluations", "page", { ...filters, gradings }],
    queryFn: ({ signal }) =>
      answer(
        client.GET("/api/v1/evaluations", {
          params: { query: asked({ ...filters, limit: PAGE }, gradings) },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
  });
}

/** Names of the problem sets, to choose from: those of the first evaluations, in a large ledger not all. */
export function problemSetsQuery() {
  return queryOptions({
    queryKey: ["evaluations", "problem sets"],
    queryFn: ({ signal }) =>
      answer(
        client.GET("/api/v1/evaluations", {
          params: { query: { speaking: true, limit: MOST } },
          signal,
        }),
      ),
    select: ({ items }) => [...new Set(items.map((e) => e.problem_set))].sort(),
  });
}

type Wanted = { [Name in keyof Asked]?: Asked[Name] | undefined };

function asked(wanted: Wanted, gradings: "all" | undefined): Asked {
  const said = Object.entries(wanted).filter(([, value]) => value !== undefined && value !== "");
  return { ...Object.fromEntries(said), ...(gradings === "all" ? {} : { speaking: true }) };
}
