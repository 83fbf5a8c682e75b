import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { answer, client } from "@/api/client";
import { ApiProblem } from "@/api/problem";
import type { Shape } from "@/api/shapes";

export type Snapshot = Shape<"SnapshotDetailOut">;

export type SnapshotDay = Shape<"SnapshotDayOut">;

const LIMIT = 200; // as many as the server gives at once
const MOST_PAGES = 20; // a daily snapshot for ten years

/** The days of all snapshots, the latest first: of each, how its candidates ended. */
export const snapshotDaysQuery = () =>
  queryOptions({
    queryKey: ["snapshots", "days"],
    queryFn: async ({ signal }): Promise<SnapshotDay[]> => {
      const found: SnapshotDay[] = [];
      let cursor: string | undefined;
      for (let page = 0; page < MOST_PAGES; page++) {
        const query = { limit: LIMIT, cursor };
        const { items, next_cursor } = await answer(
          client.GET("/api/v1/snapshots/days", { params: { query }, signal }),
        );
        found.push(...items);
        if (next_cursor === null) break;
        cursor = next_cursor;
      }
      return found;
    },
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
