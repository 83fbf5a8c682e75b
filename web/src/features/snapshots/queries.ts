import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { answer, client } from "@/api/client";
import { ApiProblem } from "@/api/problem";
import type { Shape } from "@/api/shapes";

export type Snapshot = Shape<"SnapshotDetailOut">;

const MOST = 200; // as many as the server gives at once; a daily snapshot for over half a year

/** The newest snapshots, to choose from. */
export const snapshotsQuery = () =>
  queryOptions({
    queryKey: ["snapshots", "list"],
    queryFn: ({ signal }) =>
      answer(client.GET("/api/v1/snapshots", { params: { query: { limit: MOST } }, signal })),
  });

/**
 * One snapshot with its books, by its number; without one, the latest.
 *
 * null: there is no snapshot at all. That is no failure but where every newcomer begins.
 */
export const snapshotQuery = (number: string | undefined) =>
  queryOptions({
    queryKey: ["snapshots", "one", number ?? "latest"],
    queryFn: async ({ signal }): Promise<Snapshot | null> => {
      const path = { snapshot: number ?? "latest" };
      try {
        return await answer(
          client.GET("/api/v1/snapshots/{snapshot}", { params: { path }, signal }),
        );
      } catch (problem) {
        if (number === undefined && problem instanceof ApiProblem && problem.status === 404)
          return null;
        throw problem;
      }
    },
    placeholderData: keepPreviousData,
  });
