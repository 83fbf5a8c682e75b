import { VisuallyHidden } from "@mantine/core";
import { useId } from "react";
import { useTranslation } from "react-i18next";
import { decimal, percent, signedPoints } from "@/format/numbers";
import i18n from "@/i18n";
import { useWord, type WordOf } from "@/i18n/words";
import styles from "./charts.module.css";
import { type Interval, type IntervalMarks, intervalMarks } from "./interval-geometry";
import { type RowLayout, rowLayout } from "./row-layout";
import { useWidth } from "./use-width";

/** Without a verdict where nothing was claimed. */
export type IntervalRow = Interval & { label: string; verdict?: WordOf<"verdict"> };

type IntervalPlotProps = {
  /** Accessible name: what is compared with what. */
  label: string;
  rows: IntervalRow[];
  /** The smallest effect that matters, as a proportion. */
  delta: number;
  /** Coverage of the intervals: 0.95. */
  confidence: number;
};

const SIDE = 14; // room for half a tick label
const AXIS = 40;

/** Estimates with their intervals on one scale: the zero line, the band of ±delta, and each verdict. */
export function IntervalPlot({ label, rows, delta, confidence }: IntervalPlotProps) {
  const { t } = useTranslation();
  const [ref, width] = useWidth<HTMLElement>();
  const alternative = useId();
  const marks = intervalMarks(rows, delta, Math.max(120, width - 2 * SIDE));
  const layout = rowLayout(
    rows.map((row) => ({ label: row.label, value: valueText(row) })),
    width - 2 * SIDE,
  );
  const height = rows.length * layout.row + 8;
  return (
    <figure ref={ref} className={styles.figure}>
      <svg
        role="img"
        aria-label={label}
        aria-describedby={alternative}
        width={width}
        height={height + AXIS}
      >
        <g transform={`translate(${SIDE}, 0)`}>
          <Ground marks={marks} height={height} />
          {rows.map((row, index) => (
            <g key={row.label} transform={`translate(0, ${index * layout.row})`}>
              <Row row={row} at={marks.rows[index]} width={width - 2 * SIDE} layout={layout} />
            </g>
          ))}
          <text
            className={styles.axisTitle}
            x={(width - 2 * SIDE) / 2}
            y={height + 34}
            textAnchor="middle"
          >
            {t("charts.interval.axis")}
          </text>
        </g>
      </svg>
      <figcaption className={styles.caption}>
        {t("charts.interval.caption", {
          confidence: percent(confidence, 0),
          delta: decimal(100 * delta, delta * 100 < 1 ? 2 : 1),
        })}
      </figcaption>
      <VisuallyHidden>
        <ul id={alternative}>
          {rows.map((row) => (
            <Sentence key={row.label} row={row} />
          ))}
        </ul>
      </VisuallyHidden>
    </figure>
  );
}

/** The band that does not matter, the grid, the zero line. */
function Ground({ marks, height }: { marks: IntervalMarks; height: number }) {
  const { left, right } = marks.band;
  return (
    <>
      <rect className={styles.band} x={left} y={0} width={right - left} height={height} />
      {marks.ticks.map(({ at, value }) => (
        <g key={value} transform={`translate(${at}, 0)`}>
          <line className={styles.grid} y2={height} />
          <text className={styles.tick} y={height + 16} textAnchor="middle">
            {tickText(value, marks)}
          </text>
        </g>
      ))}
      <line className={styles.zero} x1={marks.zero} x2={marks.zero} y2={height} />
    </>
  );
}

/** As many decimals as tell neighbouring ticks apart. */
function tickText(value: number, { ticks }: IntervalMarks): string {
  const step = 100 * Math.abs((ticks[1]?.value ?? 1) - (ticks[0]?.value ?? 0));
  return decimal(100 * value, step >= 1 ? 0 : step >= 0.1 ? 1 : 2);
}

type RowProps = {
  row: IntervalRow;
  at: IntervalMarks["rows"][number] | undefined;
  width: number;
  layout: RowLayout;
};

function Row({ row, at, width, layout }: RowProps) {
  if (at === undefined) return null;
  const known = at.low !== null && at.high !== null;
  return (
    <>
      <text className={styles.rowLabel} y={16}>
        {row.label}
      </text>
      <text
        className={styles.rowValue}
        x={layout.isStacked ? 0 : width}
        y={layout.value}
        textAnchor={layout.isStacked ? "start" : "end"}
      >
        {valueText(row)}
      </text>
      <g
        transform={`translate(0, ${layout.mark})`}
        data-verdict={row.verdict}
        className={styles.estimate}
      >
        {at.low !== null && at.high !== null ? (
          <>
            <line x1={at.low} x2={at.high} />
            <line x1={at.low} x2={at.low} y1={-5} y2={5} />
            <line x1={at.high} x2={at.high} y1={-5} y2={5} />
          </>
        ) : null}
        {/* A hollow point: an unknown interval must not look like a certain one. */}
        <circle cx={at.point} r={5} data-hollow={known ? undefined : true} />
      </g>
    </>
  );
}

function Sentence({ row }: { row: IntervalRow }) {
  const { t } = useTranslation();
  const word = useWord();
  const told = { ...shown(row), label: row.label };
  const sentence =
    row.low === null || row.high === null
      ? t("charts.interval.sentenceUnknown", told)
      : t("charts.interval.sentence", told);
  return (
    <li>
      {row.verdict
        ? t("charts.interval.ruled", { sentence, verdict: word("verdict", row.verdict) })
        : sentence}
    </li>
  );
}

function valueText(row: Interval): string {
  return row.low === null || row.high === null
    ? i18n.t("charts.interval.unknown", { point: signedPoints(row.point) })
    : i18n.t("charts.interval.value", shown(row));
}

function shown(row: Interval) {
  return {
    point: signedPoints(row.point),
    low: signedPoints(row.low),
    high: signedPoints(row.high),
  };
}
