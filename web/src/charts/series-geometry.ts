import { scaleLinear } from "d3-scale";
import { line } from "d3-shape";

/** One day of a topic. `read` is the exposure: stories read that day; null and 0 are no evidence. */
export type SeriesDay = {
  day: string;
  stories: number | null;
  expected: number | null;
  read: number | null;
};

export type Box = { x: number; y: number; width: number; height: number };
export type Tick = { at: number; value: number };

export type SeriesMarks = {
  /** Width of one day in pixels. */
  step: number;
  bars: Box[];
  /** Path of the expected baseline; broken where it is not known. */
  baseline: string;
  reads: Box[];
  /** Runs of days without evidence. */
  gaps: { x: number; width: number; days: number }[];
  /** Left edge of the day of onset; null when it is unknown or outside. */
  onset: number | null;
  storyTicks: Tick[];
  readTicks: Tick[];
  /** Days that are named below, by index. */
  dayTicks: { at: number; index: number }[];
};

export type SeriesSize = {
  width: number;
  /** Heights of the upper panel (stories) and of the lower one (stories read). */
  stories: number;
  read: number;
};

const TICK_ROOM = 84; // pixels that a date needs

/** Where the marks of a series stand, from the upper left corner of each panel. */
export function seriesMarks(
  days: SeriesDay[],
  onset: string | null,
  size: SeriesSize,
): SeriesMarks {
  const step = days.length > 0 ? size.width / days.length : size.width;
  const upper = upward(largest(days.flatMap((d) => [d.stories, d.expected])), size.stories);
  const lower = upward(largest(days.map((d) => d.read)), size.read);
  return {
    step,
    bars: boxes(days, (d) => (hasEvidence(d) ? d.stories : null), upper, step, size.stories),
    baseline: baseline(days, upper, step),
    reads: boxes(days, (d) => d.read, lower, step, size.read),
    gaps: gaps(days, step),
    onset: onsetAt(days, onset, step),
    storyTicks: wholeTicks(upper, 4),
    readTicks: lower.domain().map((value) => ({ at: lower(value), value })),
    dayTicks: dayTicks(days.length, step, size.width),
  };
}

/** A day on which nothing was read says nothing about the topic. */
export function hasEvidence({ read }: SeriesDay): boolean {
  return read !== null && read > 0;
}

/** The day under a horizontal place, by index; the nearest one outside. */
export function dayAt(x: number, days: number, width: number): number {
  const index = Math.floor((x / width) * days);
  return Math.max(0, Math.min(days - 1, index));
}

type Scale = ReturnType<typeof upward>;

function largest(values: (number | null)[]): number {
  return values.reduce<number>((most, value) => Math.max(most, value ?? 0), 0);
}

/** From 0 at the bottom to at least 1 at the top. */
function upward(most: number, height: number) {
  return scaleLinear()
    .domain([0, Math.max(1, most)])
    .nice(4)
    .range([height, 0]);
}

function boxes(
  days: SeriesDay[],
  value: (d: SeriesDay) => number | null,
  scale: Scale,
  step: number,
  bottom: number,
): Box[] {
  const width = step > 4 ? step - 1 : step; // a hair between bars, where there is room for one
  return days.flatMap((d, index) => {
    const height = bottom - scale(value(d) ?? 0);
    return height > 0 ? [{ x: index * step, y: bottom - height, width, height }] : [];
  });
}

/** Through the middle of each day whose expectation is known and on which something was read. */
function baseline(days: SeriesDay[], scale: Scale, step: number): string {
  const draw = line<SeriesDay>()
    .defined((d) => d.expected !== null && hasEvidence(d))
    .x((_, index) => (index + 0.5) * step)
    .y((d) => scale(d.expected ?? 0));
  return draw(days) ?? "";
}

function gaps(days: SeriesDay[], step: number): SeriesMarks["gaps"] {
  const found: SeriesMarks["gaps"] = [];
  let start: number | null = null;
  for (let index = 0; index <= days.length; index++) {
    const d = days[index];
    const silent = d !== undefined && !hasEvidence(d);
    if (silent && start === null) start = index;
    if (!silent && start !== null) {
      found.push({ x: start * step, width: (index - start) * step, days: index - start });
      start = null;
    }
  }
  return found;
}

function onsetAt(days: SeriesDay[], onset: string | null, step: number): number | null {
  if (onset === null) return null;
  const index = days.findIndex((d) => d.day >= onset.slice(0, 10));
  const outside = index < 0 || (index === 0 && days[0]?.day !== onset.slice(0, 10));
  return outside ? null : index * step;
}

/** Stories are whole; a tick between two of them would name something that cannot be. */
function wholeTicks(scale: Scale, wanted: number): Tick[] {
  return scale
    .ticks(wanted)
    .filter(Number.isInteger)
    .map((value) => ({ at: scale(value), value }));
}

function dayTicks(days: number, step: number, width: number): SeriesMarks["dayTicks"] {
  const every = Math.max(1, Math.ceil(days / Math.max(1, Math.floor(width / TICK_ROOM))));
  const ticks = [];
  for (let index = 0; index < days; index += every) ticks.push({ at: (index + 0.5) * step, index });
  return ticks;
}
