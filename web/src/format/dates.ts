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
