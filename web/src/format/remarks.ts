import type { Shape } from "@/api/shapes";
import i18n from "@/i18n";
import { count, decimal, percent, score } from "./numbers";

type Evaluation = Shape<"EvaluationOut">;

/** What a reader must know about an evaluation before trusting its accuracy. As the command line says it. */
export function remarks(evaluation: Evaluation): string[] {
  const { simulated, failures, problems, outcomes, declared, status, rank } = evaluation;
  const told: string[] = [];
  if (simulated) told.push(i18n.t("runs.remarks.simulated"));
  if (evaluation.sealed) told.push(i18n.t("runs.remarks.sealed"));
  for (const [failure, n] of Object.entries(failures)) told.push(failed(failure, n));
  if (evaluation.without_answer && rank === 0)
    told.push(i18n.t("runs.remarks.withoutAnswer", { n: count(evaluation.without_answer) }));
  if (declared !== null && outcomes < declared)
    told.push(
      i18n.t("runs.remarks.logEnds", { outcomes: count(outcomes), declared: count(declared) }),
    );
  if (status !== null && status !== "success") told.push(i18n.t("runs.remarks.status", { status }));
  if (outcomes > problems)
    told.push(i18n.t("runs.remarks.attempts", { attempts: attempts(outcomes / problems) }));
  return told;
}

function failed(failure: string, n: number): string {
  const known = i18n.t(`words.failure.${failure as Shape<"Failure">}`, { defaultValue: failure });
  return i18n.t("runs.remarks.failed", { n: count(n), failure: known });
}

function attempts(each: number): string {
  return Number.isInteger(each) ? count(each) : decimal(each, 2);
}

/** "515 of 1,319"; of a sealed test, that it is sealed. */
export function rightOf(right: number | null, n: number): string {
  if (right === null) return i18n.t("runs.sealed", { n: count(n) });
  return i18n.t("runs.rightOf", { right: score(right), n: count(n) });
}

/** "515 of 1,319 right, 39.04%", or that nothing was scored. */
export function scoreSentence(right: number, n: number): string {
  if (n === 0) return i18n.t("runs.nothingScored");
  return i18n.t("runs.score", { rightOf: rightOf(right, n), accuracy: percent(right / n, 2) });
}

/** "lm-eval/6b at step 1,000"; without the step where there is none. */
export function evaluationName({ run, step }: Pick<Evaluation, "run" | "step">): string {
  return step === null ? run : i18n.t("runs.atStep", { run, step: count(step) });
}
