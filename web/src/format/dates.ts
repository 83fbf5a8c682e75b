import i18n from "@/i18n";
import { unknown } from "./numbers";

const ISO_DAY = /^(\d{4})-(\d{2})-(\d{2})/;

/**
 * A plain day: "2022-12-20" -> "20 Dec 2022" in the reader's language.
 *
 * It is read and shown in UTC, where all our days live: a reader west of Greenwich must not see the
 * day before. Of a moment only its UTC day is shown. What is no day is shown as it is.
 */
export function day(iso: string | null | undefined): string {
  return shown(iso, { day: "numeric", month: "short", year: "numeric" });
}

/** The same with the whole name of the month, for sentences: "20 December 2022". */
export function fullDay(iso: string | null | undefined): string {
  return shown(iso, { day: "numeric", month: "long", year: "numeric" });
}

/** The month of a plain day, for axes: "Dec 2022". */
export function month(iso: string | null | undefined): string {
  return shown(iso, { month: "short", year: "numeric" });
}

/** The day without its year, for axes: "Dec 20". */
export function dayOfMonth(iso: string | null | undefined): string {
  return shown(iso, { day: "numeric", month: "short" });
}

function shown(iso: string | null | undefined, options: Intl.DateTimeFormatOptions): string {
  if (iso === null || iso === undefined || iso === "") return unknown();
  const parts = ISO_DAY.exec(iso);
  if (parts === null) return iso;
  const moment = Date.UTC(Number(parts[1]), Number(parts[2]) - 1, Number(parts[3]));
  return new Intl.DateTimeFormat(i18n.language, { ...options, timeZone: "UTC" }).format(moment);
}

/** A moment: "2026-01-21T12:05:00Z" -> "Jan 21, 2026, 12:05 UTC". All moments are shown in UTC, and say so. */
export function moment(iso: string | null | undefined): string {
  const at = read(iso);
  if (at === null) return iso ? iso : unknown();
  const options: Intl.DateTimeFormatOptions = { dateStyle: "medium", timeStyle: "short" };
  const shownAt = new Intl.DateTimeFormat(i18n.language, {
    ...options,
    hourCycle: "h23",
    timeZone: "UTC",
  }).format(at);
  return i18n.t("format.utc", { moment: shownAt });
}

const UNITS = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
] as const;

/** A moment as seen from another: "in 3 hours", "2 days ago", "now". */
export function relative(iso: string | null | undefined, now: Date = new Date()): string {
  const at = read(iso);
  if (at === null) return iso ? iso : unknown();
  const seconds = (at.getTime() - now.getTime()) / 1_000;
  const [unit, size] = UNITS.find(([, length]) => Math.abs(seconds) >= length) ?? ["minute", 60];
  const far = Math.trunc(seconds / size) || 0; // never the negative zero, which is said as "ago"
  return new Intl.RelativeTimeFormat(i18n.language, { numeric: "auto" }).format(far, unit);
}

function read(iso: string | null | undefined): Date | null {
  const at = new Date(iso ?? "");
  return Number.isNaN(at.getTime()) ? null : at;
}
