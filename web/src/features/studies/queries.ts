import { type QueryKey, queryOptions } from "@tanstack/react-query";
import { answer, client } from "@/api/client";
import type { Shape } from "@/api/shapes";

export type Study = Shape<"StudyOut">;
export type Course = Shape<"StudyCourse">;
export type Seeds = Shape<"SeedsAnswer">;
export type Selection = Shape<"SelectionAnswer">;
export type Vote = Shape<"EnsembleAnswer">;
export type Comparison = Shape<"RecipeComparison">;
export type Effects = Shape<"EffectsAnswer">;
export type Probes = Shape<"ProbesAnswer">;
export type Routing = Shape<"RoutingAnswer">;
export type Pairs = Shape<"RecipePairs">;
export type Problems = Shape<"ProblemsAnswer">;
export type Estimate = Shape<"Estimate">;

const MOST = 200; // as many as the server gives at once
const POLL_MS = 5_000;

/** Which outcomes are looked at; what is not said is the server's to say. */
export type View = { split?: string | undefined; step?: number | undefined };

// Answers are cast: the client's types forget how many values a tuple has.

/** The studies of the ledger. */
export const studiesQuery = () =>
  queryOptions({
    queryKey: ["studies", "list"],
    queryFn: async ({ signal }) =>
      (await answer(
        client.GET("/api/v1/studies", { params: { query: { limit: MOST } }, signal }),
      )) as Shape<"Page_StudyOut_">,
  });

/** One study; asked again while it runs. */
export const studyQuery = (reference: string) =>
  queryOptions({
    queryKey: ["studies", "one", reference],
    queryFn: async ({ signal }) =>
      (await answer(
        client.GET("/api/v1/studies/{reference}", { params: { path: { reference } }, signal }),
      )) as Study,
    refetchInterval: ({ state }) => (state.data && isUnfinished(state.data) ? POLL_MS : false),
  });

/** Whether evaluations that were planned are still to come. */
export function isUnfinished({ progress }: Pick<Study, "progress">): boolean {
  return progress !== null && progress.done < progress.planned;
}

/** Where the server keeps the report of a study: one page without scripts. */
export function reportAddress(study: Pick<Study, "reference">): string {
  return `/api/v1/studies/${study.reference}/report`;
}

/** The accuracies so far; another question as soon as more evaluations are there. */
export const courseQuery = (study: Study) =>
  queryOptions({
    queryKey: ["studies", study.reference, "course", study.progress?.done ?? null],
    queryFn: async ({ signal }) =>
      (await answer(
        client.GET("/api/v1/studies/{reference}/course", {
          params: { path: { reference: study.reference } },
          signal,
        }),
      )) as Course,
    placeholderData: (previous: Course | undefined, before) =>
      isAbout(before?.queryKey, study.reference) ? previous : undefined,
  });

/**
 * What an answer rests on: which outcomes, and how far they are. When more runs have reached the
 * checkpoint, `ready` changes, and the same question is asked again.
 */
export type Ground = {
  reference: string;
  view: View;
  ready: string;
  /** Whether the runs share a checkpoint: before that, a question about them is not asked. */
  isReady: boolean;
  /** It is known that they do not yet. */
  isEarly: boolean;
  /** Runs that have come so far. */
  runs: number;
};

export const seedsQuery = ({ reference, view, ready }: Ground, n?: number) =>
  queryOptions({
    queryKey: ["studies", reference, "seeds", { ...view, n }, ready],
    queryFn: async ({ signal }) =>
      (await answer(
        client.GET("/api/v1/studies/{reference}/seeds", {
          params: at(reference, { ...view, n }),
          signal,
        }),
      )) as Seeds,
    placeholderData: (previous: Seeds | undefined, before) =>
      isAbout(before?.queryKey, reference) ? previous : undefined,
  });

/** What would be chosen, or, of a study with a selection, what was: on its arm, at its step. */
export type Chosen = { arm?: string | undefined; step?: number | undefined; top_k?: number };

export const selectionQuery = ({ reference, ready }: Ground, chosen: Chosen) =>
  queryOptions({
    queryKey: ["studies", reference, "selection", chosen, ready],
    queryFn: async ({ signal }) =>
      (await answer(
        client.GET("/api/v1/studies/{reference}/selection", {
          params: at(reference, chosen),
          signal,
        }),
      )) as Selection,
    placeholderData: (previous: Selection | undefined, before) =>
      isAbout(before?.queryKey, reference) ? previous : undefined,
  });

export const voteQuery = ({ reference, view, ready }: Ground, k: number, arm: string | undefined) =>
  queryOptions({
    queryKey: ["studies", reference, "vote", { ...view, k, arm }, ready],
    queryFn: async ({ signal }) =>
      (await answer(
        client.GET("/api/v1/studies/{reference}/ensemble", {
          params: at(reference, { ...view, k, arm }),
          signal,
        }),
      )) as Vote,
    placeholderData: (previous: Vote | undefined, before) =>
      isAbout(before?.queryKey, reference) ? previous : undefined,
  });

export const comparisonQuery = (
  { reference, view, ready }: Ground,
  { first, second }: { first: string; second: string },
) =>
  queryOptions({
    queryKey: ["studies", reference, "comparison", { ...view, first, second }, ready],
    queryFn: async ({ signal }) =>
      (await answer(
        client.GET("/api/v1/studies/{reference}/comparison", {
          params: at(reference, { ...view, first, second }),
          signal,
        }),
      )) as Comparison,
    placeholderData: (previous: Comparison | undefined, before) =>
      isAbout(before?.queryKey, reference) ? previous : undefined,
  });

export const pairsQuery = ({ reference, view, ready }: Ground) =>
  queryOptions({
    queryKey: ["studies", reference, "pairs", view, ready],
    queryFn: async ({ signal }) =>
      (await answer(
        client.GET("/api/v1/studies/{reference}/pairs", { params: at(reference, view), signal }),
      )) as Pairs,
    placeholderData: (previous: Pairs | undefined, before) =>
      isAbout(before?.queryKey, reference) ? previous : undefined,
  });

export const effectsQuery = ({ reference, view, ready }: Ground) =>
  queryOptions({
    queryKey: ["studies", reference, "effects", view, ready],
    queryFn: async ({ signal }) =>
      (await answer(
        client.GET("/api/v1/studies/{reference}/effects", { params: at(reference, view), signal }),
      )) as Effects,
    placeholderData: (previous: Effects | undefined, before) =>
      isAbout(before?.queryKey, reference) ? previous : undefined,
  });

export const probesQuery = ({ reference, view, ready }: Ground) =>
  queryOptions({
    queryKey: ["studies", reference, "probes", view, ready],
    queryFn: async ({ signal }) =>
      (await answer(
        client.GET("/api/v1/studies/{reference}/probes", { params: at(reference, view), signal }),
      )) as Probes,
    placeholderData: (previous: Probes | undefined, before) =>
      isAbout(before?.queryKey, reference) ? previous : undefined,
  });

export const routingQuery = ({ reference, ready }: Ground) =>
  queryOptions({
    queryKey: ["studies", reference, "routing", ready],
    queryFn: async ({ signal }) =>
      (await answer(
        client.GET("/api/v1/studies/{reference}/routing", {
          params: { path: { reference } },
          signal,
        }),
      )) as Routing,
    placeholderData: (previous: Routing | undefined, before) =>
      isAbout(before?.queryKey, reference) ? previous : undefined,
  });

export const problemsQuery = ({ reference, view, ready }: Ground) =>
  queryOptions({
    queryKey: ["studies", reference, "problems", view, ready],
    queryFn: async ({ signal }) =>
      (await answer(
        client.GET("/api/v1/studies/{reference}/problems", {
          params: at(reference, { ...view, shown: 0 }),
          signal,
        }),
      )) as Problems,
    placeholderData: (previous: Problems | undefined, before) =>
      isAbout(before?.queryKey, reference) ? previous : undefined,
  });

type Given<T> = { [Name in keyof T]: Exclude<T[Name], undefined> };

/** The path and what is said of a question. */
function at<T extends object>(reference: string, query: T) {
  const said = Object.entries(query).filter(([, value]) => value !== undefined);
  return { path: { reference }, query: Object.fromEntries(said) as Given<T> };
}

/** An answer about one study never stands in for that about another. */
function isAbout(key: QueryKey | undefined, reference: string): boolean {
  return key?.[1] === reference;
}
