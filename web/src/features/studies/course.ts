import type { CourseArm } from "@/charts/course-chart";
import type { Course, Study, View } from "./queries";

type Point = Course["points"][number];

/** The split that is looked at: as chosen, else as the server chooses. Undefined where it has to be chosen. */
export function splitOf(study: Study, view: View): string | undefined {
  if (view.split !== undefined) return view.split;
  const usual = study.sealed ? study.validation_split : (study.sealed_split ?? "test");
  const isThere = study.splits.length === 0 || (usual !== null && study.splits.includes(usual));
  if (usual !== null && isThere) return usual;
  return study.splits.length === 1 ? study.splits[0] : undefined;
}

/** Whether the test that nobody may see yet is asked for. */
export function asksForSealed(study: Study, view: View): boolean {
  return study.sealed && view.split === study.sealed_split;
}

/** The points on a split; of an unnamed one, those without a name. */
export function onSplit(points: Point[], split: string | undefined): Point[] {
  return points.filter((point) => split === undefined || point.split === split);
}

/** Steps at which there is an accuracy, in their order. */
export function stepsOf(points: Point[]): number[] {
  const steps = points.flatMap(({ step }) => (step === null ? [] : [step]));
  return [...new Set(steps)].sort((a, b) => a - b);
}

export type Readiness = {
  /** Runs that have reached the checkpoint. */
  runs: number;
  step: number | null;
};

/**
 * The checkpoint that a question about all runs is answered at: the last that every run has which was evaluated
 * at all, as the server chooses it, or the one that is asked for. Undefined while there is none.
 */
export function readyAt(points: Point[], step: number | undefined): Readiness | undefined {
  const steps = new Map<number, Set<number | null>>();
  for (const point of points)
    steps.set(point.run_id, (steps.get(point.run_id) ?? new Set()).add(point.step));
  const [first, ...others] = [...steps.values()];
  if (first === undefined) return undefined;
  const common = [...first].filter((at) => others.every((seen) => seen.has(at)));
  if (step !== undefined) return common.includes(step) ? { runs: steps.size, step } : undefined;
  if (common.length === 0) return undefined;
  return { runs: steps.size, step: common.reduce(later) };
}

function later(a: number | null, b: number | null): number | null {
  return a === null || (b !== null && b > a) ? b : a;
}

/** The points as lines: arms in the order of the study, a line for each seed, and the mean of those there are. */
export function courseArms(points: Point[], arms: string[]): CourseArm[] {
  return arms.flatMap((name) => {
    const own = points.filter(({ arm, step }) => arm === name && step !== null);
    if (own.length === 0) return [];
    const seeds = seedsOf(own);
    return [{ name, seeds, mean: meanOf(own, seeds.length) }];
  });
}

function seedsOf(points: Point[]): CourseArm["seeds"] {
  const names = [...new Set(points.map(({ run }) => run))];
  return names.map((name) => ({
    name,
    points: points
      .filter(({ run }) => run === name)
      .map(({ step, accuracy }) => ({ x: step ?? 0, score: accuracy })),
  }));
}

function meanOf(points: Point[], seeds: number): CourseArm["mean"] {
  return stepsOf(points).map((x) => {
    const scores = points.filter(({ step }) => step === x).map(({ accuracy }) => accuracy);
    const score = scores.reduce((sum, one) => sum + one, 0) / scores.length;
    return { x, score, isPartial: scores.length < seeds };
  });
}

/** A row for each arm and checkpoint: seeds, mean, lowest and highest. */
export function courseRows(points: Point[], arms: string[]) {
  return arms.flatMap((arm) => {
    const own = points.filter((point) => point.arm === arm);
    return stepsOf(own).map((step) => {
      const scores = own.filter((point) => point.step === step).map(({ accuracy }) => accuracy);
      return {
        arm,
        step,
        seeds: scores.length,
        mean: scores.reduce((sum, score) => sum + score, 0) / scores.length,
        lowest: Math.min(...scores),
        highest: Math.max(...scores),
      };
    });
  });
}
