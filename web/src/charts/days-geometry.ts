import { type Box, type SeriesMarks, type SeriesSize, seriesMarks } from "./series-geometry";

/** One day of a source. On a day without a visit nothing is known: documents are null. */
export type SourceDay = {
  day: string;
  visits: number;
  failed: number;
  documents: number | null;
};

export type DaysMarks = Pick<SeriesMarks, "step" | "bars" | "reads" | "gaps" | "dayTicks"> & {
  documentTicks: SeriesMarks["storyTicks"];
  visitTicks: SeriesMarks["readTicks"];
  /** Of the visits of each day, those that met a trouble, from the bottom. */
  failed: Box[];
};

/** Documents above, visits below; days without a visit are gaps, as in every series. */
export function daysMarks(days: SourceDay[], size: SeriesSize): DaysMarks {
  const series = days.map(({ day, documents, visits }) => ({
    day,
    stories: documents,
    expected: null,
    read: visits,
  }));
  const marks = seriesMarks(series, null, size);
  const failed = marks.reads.flatMap((box) => {
    const d = days[Math.round(box.x / marks.step)];
    if (d === undefined || d.failed === 0) return [];
    const height = (box.height * d.failed) / d.visits;
    return [{ ...box, y: size.read - height, height }];
  });
  return {
    step: marks.step,
    bars: marks.bars,
    reads: marks.reads,
    gaps: marks.gaps,
    dayTicks: marks.dayTicks,
    documentTicks: marks.storyTicks,
    visitTicks: marks.readTicks,
    failed,
  };
}
