import type { LinePoint } from "@/charts/lines-geometry";
import type { Judged } from "./queries";

export type AdoptionSeries = Judged["adoption"][number];

/** Months since the year 0, so that they lie at equal distances: "2022-12-01" -> 24275. */
export function monthNumber(iso: string): number {
  return Number(iso.slice(0, 4)) * 12 + Number(iso.slice(5, 7)) - 1;
}

/** The first day of such a month; what lies between two months is the nearest. */
export function isoMonth(number: number): string {
  const whole = Math.round(number);
  const year = String(Math.floor(whole / 12)).padStart(4, "0");
  return `${year}-${String((whole % 12) + 1).padStart(2, "0")}-01`;
}

/** The months of a series from its first to its last; one that nobody told is not known. */
export function pointsOf({ months }: Pick<AdoptionSeries, "months">): LinePoint[] {
  const told = new Map(months.map(({ month, value }) => [monthNumber(month), value]));
  const numbers = [...told.keys()];
  if (numbers.length === 0) return [];
  const first = Math.min(...numbers);
  return Array.from({ length: Math.max(...numbers) - first + 1 }, (_, place) => ({
    x: first + place,
    y: told.get(first + place) ?? null,
  }));
}

/** The series of each measure: downloads and stars have no axis in common. */
export function byMeasure(
  adoption: AdoptionSeries[],
): [AdoptionSeries["measure"], AdoptionSeries[]][] {
  const found = new Map<AdoptionSeries["measure"], AdoptionSeries[]>();
  for (const series of adoption)
    found.set(series.measure, [...(found.get(series.measure) ?? []), series]);
  return [...found];
}
