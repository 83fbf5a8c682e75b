import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { answer, client } from "@/api/client";
import type { Shape } from "@/api/shapes";
import type { WordOf } from "@/i18n/words";

export type Signal = Shape<"SignalOut">;
export type Watched = Shape<"WatchedOut">;
export type Drop = Shape<"DropOut">;
/** What signals, watched topics and drops have in common. */
export type Candidate = Omit<Drop, "reason" | "told_by"> & { part_of?: Whole; told_by?: Whole };
/** The phrase of which a watched topic is a fragment. */
export type Whole = Watched["part_of"];
export type Topic = Shape<"TopicDetailOut">;
export type Judged = Shape<"JudgedOut">;
export type Snapshot = Shape<"SnapshotDetailOut">;

/** What every list of candidates is asked with; `snapshot` is a number, so that all pages are of one. */
export type ListSearch = {
  q?: string | undefined;
  sort?: string | undefined;
  cursor?: string | undefined;
  /** Also what decisions hide. */
  hidden?: "shown" | undefined;
};
/** The lists of what may be kept to two families of sources. */
export type WatchSearch = ListSearch & { corroborated?: "yes" | undefined };
export type SignalsSearch = WatchSearch & {
  phase?: WordOf<"phase"> | undefined;
  standing?: WordOf<"standing"> | undefined;
};
export type DropsSearch = ListSearch & { reason?: WordOf<"candidate_drop"> | undefined };
export type ItemDropCounts = Shape<"DropCountsOut">;
export type ItemDropsSearch = {
  reason?: WordOf<"item_drop"> | undefined;
  source?: number | undefined;
  first?: string | undefined;
  last?: string | undefined;
  cursor?: string | undefined;
};

const LIMIT = 50;
const EVIDENCE_LIMIT = 10;

/**
 * The order, if the server has it. What an address says wrongly counts as not said: then the
 * server's own order holds.
 */
function known<Sort extends string>(sort: string | undefined, orders: readonly Sort[]) {
  return orders.find((order) => order === sort);
}

const SORTS = [
  "momentum_low",
  "-momentum_low",
  "momentum",
  "-momentum",
  "log_e",
  "-log_e",
  "stories",
  "-stories",
  "name",
  "-name",
] as const;
const SIGNAL_SORTS = [...SORTS, "onset", "-onset"] as const;

export const signalsQuery = (snapshot: number, search: SignalsSearch, limit = LIMIT) => {
  const { phase, standing, q, cursor, corroborated, hidden } = search;
  const query = {
    snapshot: String(snapshot),
    phase: phase && [phase],
    standing: standing && [standing],
    corroborated: corroborated && true,
    hide: hidden !== "shown",
    q,
    sort: known(search.sort, SIGNAL_SORTS),
    cursor,
    limit,
  };
  return queryOptions({
    queryKey: ["signals", "list", query],
    queryFn: ({ signal }) => answer(client.GET("/api/v1/signals", { params: { query }, signal })),
    placeholderData: keepPreviousData,
  });
};

/** What became of the signals of the snapshot before, and what is new since. */
export const changesQuery = (snapshot: number) => {
  const path = { snapshot: String(snapshot) };
  return queryOptions({
    queryKey: ["snapshots", "changes", path],
    queryFn: ({ signal }) =>
      answer(client.GET("/api/v1/snapshots/{snapshot}/changes", { params: { path }, signal })),
    placeholderData: keepPreviousData,
  });
};

export const watchlistQuery = (snapshot: number, search: WatchSearch) => {
  const { q, sort, cursor, corroborated, hidden } = search;
  const query = {
    snapshot: String(snapshot),
    corroborated: corroborated && true,
    hide: hidden !== "shown",
    q,
    sort: known(sort, SORTS),
    cursor,
    limit: LIMIT,
  };
  return queryOptions({
    queryKey: ["signals", "watchlist", query],
    queryFn: ({ signal }) => answer(client.GET("/api/v1/watchlist", { params: { query }, signal })),
    placeholderData: keepPreviousData,
  });
};

export const dropsQuery = (snapshot: number, search: DropsSearch) => {
  const { q, sort, cursor, reason, hidden } = search;
  const query = {
    snapshot: String(snapshot),
    hide: hidden !== "shown",
    reason: reason && [reason],
    q,
    sort: known(sort, SORTS),
    cursor,
    limit: LIMIT,
  };
  return queryOptions({
    queryKey: ["signals", "drops", query],
    queryFn: ({ signal }) => answer(client.GET("/api/v1/drops", { params: { query }, signal })),
    placeholderData: keepPreviousData,
  });
};

export const itemDropsQuery = ({ reason, ...search }: ItemDropsSearch) => {
  const query = { ...search, reason: reason && [reason], limit: LIMIT };
  return queryOptions({
    queryKey: ["signals", "item drops", query],
    queryFn: ({ signal }) =>
      answer(client.GET("/api/v1/drops/items", { params: { query }, signal })),
    placeholderData: keepPreviousData,
  });
};

/** How many items were dropped, of the same filters. */
export const itemDropCountsQuery = ({ reason, source, first, last }: ItemDropsSearch) => {
  const query = { reason: reason && [reason], source, first, last };
  return queryOptions({
    queryKey: ["signals", "item drop counts", query],
    queryFn: ({ signal }) =>
      answer(client.GET("/api/v1/drops/items/counts", { params: { query }, signal })),
    placeholderData: keepPreviousData,
  });
};

/** One topic in a snapshot; without a number, in the latest. */
export const topicQuery = (slug: string, snapshot: string | undefined) => {
  const params = { path: { slug }, query: { snapshot: snapshot ?? "latest" } };
  return queryOptions({
    queryKey: ["signals", "topic", slug, params.query.snapshot],
    queryFn: ({ signal }) => answer(client.GET("/api/v1/topics/{slug}", { params, signal })),
    // Another snapshot of the same topic may stand in; another topic may not.
    placeholderData: (old, oldQuery) => (oldQuery?.queryKey[2] === slug ? old : undefined),
  });
};

/** Two to eight topics of one snapshot side by side. */
export const comparedQuery = (snapshot: number, topic: string[]) => {
  const params = { path: { snapshot: String(snapshot) }, query: { topic } };
  return queryOptions({
    queryKey: ["signals", "compared", snapshot, topic],
    queryFn: ({ signal }) =>
      answer(client.GET("/api/v1/snapshots/{snapshot}/compared", { params, signal })),
    placeholderData: keepPreviousData,
  });
};

/** A topic that a snapshot does not list, reckoned from the documents; that takes up to a minute. */
export const explanationQuery = (slug: string, snapshot: number) => {
  const params = { path: { snapshot: String(snapshot), slug } };
  return queryOptions({
    queryKey: ["signals", "explanation", slug, snapshot],
    queryFn: ({ signal }) =>
      answer(
        client.GET("/api/v1/snapshots/{snapshot}/topics/{slug}/explanation", { params, signal }),
      ),
    staleTime: Number.POSITIVE_INFINITY,
  });
};

export const evidenceQuery = (slug: string, snapshot: number, cursor: string | undefined) => {
  const query = { snapshot: String(snapshot), cursor, limit: EVIDENCE_LIMIT };
  return queryOptions({
    queryKey: ["signals", "evidence", slug, query],
    queryFn: ({ signal }) =>
      answer(
        client.GET("/api/v1/signals/{slug}/evidence", {
          params: { path: { slug }, query },
          signal,
        }),
      ),
    placeholderData: (old, oldQuery) => (oldQuery?.queryKey[2] === slug ? old : undefined),
  });
};
