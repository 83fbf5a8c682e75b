import i18n from "@/i18n";

/** null is "not known". It is shown as that word: never as 0, never as nothing. */
type Known = number | null | undefined;

function isKnown(value: Known): value is number {
  return typeof value === "number" && !Number.isNaN(value);
}

export function unknown(): string {
  return i18n.t("format.unknown");
}

function digits(value: number, options: Intl.NumberFormatOptions): string {
  return new Intl.NumberFormat(i18n.language, options).format(value);
}

/** 1008 -> "1,008". */
export function count(value: Known): string {
  return isKnown(value) ? digits(value, { maximumFractionDigits: 0 }) : unknown();
}

/** A great number in little room, for axes: 3267104 -> "3.3M". */
export function compact(value: Known): string {
  return isKnown(value)
    ? digits(value, { notation: "compact", maximumSignificantDigits: 3 })
    : unknown();
}

/** A sum of scores: 286 -> "286"; partial credit keeps its fraction, 12.5 -> "12.50". */
export function score(value: Known): string {
  return isKnown(value) && !Number.isInteger(value) ? decimal(value, 2) : count(value);
}

/** A plain number with so many decimals: 1.2345 -> "1.2". */
export function decimal(value: Known, places = 1): string {
  if (!isKnown(value)) return unknown();
  return digits(value, { minimumFractionDigits: places, maximumFractionDigits: places });
}

/** What was expected, a factor, a rate: two significant digits. 0.0144 -> "0.014", 151.8 -> "152". */
export function amount(value: Known): string {
  if (!isKnown(value)) return unknown();
  if (value > 0 && value < 0.001) return i18n.t("format.below", { value: digits(0.001, {}) });
  return value >= 99.5 ? count(value) : digits(value, { maximumSignificantDigits: 2 });
}

/** A factor: 17.97 -> "18×". */
export function times(value: Known): string {
  return isKnown(value) ? i18n.t("format.times", { value: amount(value) }) : unknown();
}

/** A proportion as signed points without the word: 0.0432 -> "+4.32". */
export function signedPoints(proportion: Known): string {
  if (!isKnown(proportion)) return unknown();
  const options = { minimumFractionDigits: 2, maximumFractionDigits: 2 };
  return digits(100 * proportion, { ...options, signDisplay: "exceptZero" });
}

/** A difference of proportions: 0.0432 -> "+4.32 points". */
export function points(proportion: Known): string {
  return isKnown(proportion)
    ? i18n.t("format.points", { value: signedPoints(proportion) })
    : unknown();
}

/** A proportion: 0.7612 -> "76.1%". */
export function percent(proportion: Known, places = 1): string {
  if (!isKnown(proportion)) return unknown();
  return digits(proportion, {
    style: "percent",
    minimumFractionDigits: places,
    maximumFractionDigits: places,
  });
}

/** Exponential with a signed exponent of two places at least, as the command line writes it: "4.1e+12". */
function exponential(value: number, places: number): string {
  return value
    .toExponential(places)
    .replace(/\.0+(?=e)/, "")
    .replace(/e([+-])(\d)$/, "e$10$2");
}

const LARGEST_LOG = 600; // exp(709) is the last that a float holds

/** An e-value from its natural logarithm: "23", "4.1e+12", "10^680". Two significant digits. */
export function eValue(logE: Known): string {
  if (!isKnown(logE)) return unknown();
  if (logE >= LARGEST_LOG) return `10^${Math.round(logE / Math.LN10)}`;
  const value = Math.exp(logE);
  if (value >= 1e-4 && value < 99.5) return digits(value, { maximumSignificantDigits: 2 });
  return value >= 99.5 && value < 9_999.5 ? count(value) : exponential(value, 1);
}

/** A p-value with four decimals. A small one is never shown as zero: "1e-32", "below 1e-300". */
export function pValue(p: Known): string {
  if (!isKnown(p)) return unknown();
  if (p >= 0.00005) return decimal(p, 4);
  return p > 1e-300 ? exponential(p, 0) : i18n.t("format.below", { value: "1e-300" });
}
