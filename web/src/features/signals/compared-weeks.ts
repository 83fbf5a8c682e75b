import type { Shape } from "@/api/shapes";
import type { LinePoint } from "@/charts/lines-geometry";

export type ComparedTopic = Shape<"ComparedTopicOut">;

const DAY_MS = 86_400_000;
const MOST = 8;

/** A day as a number of days, so that weeks lie at equal distances. */
export function dayNumber(iso: string): number {
  return Date.parse(`${iso.slice(0, 10)}T00:00:00Z`) / DAY_MS;
}

/** The day of such a number; what lies between two days is the nearest. */
export function isoDay(number: number): string {
  return new Date(Math.round(number) * DAY_MS).toISOString().slice(0, 10);
}

/** One measure of the weeks of a topic; a week in which nothing was read is not known. */
export function weekPoints(
  { weeks }: Pick<ComparedTopic, "weeks">,
  measure: "stories" | "read" | "per_thousand",
): LinePoint[] {
  return weeks.map((week) => ({ x: dayNumber(week.ends), y: week[measure] }));
}

/** Names as an address has them, "langchain,llama": each once, at most as many as can be told apart. */
export function namesOf(text: string | undefined): string[] {
  const names = (text ?? "").split(",").map((name) => name.trim());
  return [...new Set(names.filter((name) => name !== ""))].slice(0, MOST);
}
