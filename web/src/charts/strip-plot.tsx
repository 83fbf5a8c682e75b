import { VisuallyHidden } from "@mantine/core";
import { useId } from "react";
import { useTranslation } from "react-i18next";
import { count, percent } from "@/format/numbers";
import styles from "./charts.module.css";
import { Legend } from "./legend";
import { ScoreGrid } from "./score-axis";
import { type ScoreScale, scoreScale } from "./score-scale";
import { dodge, reach } from "./strip-geometry";
import marks from "./study-charts.module.css";
import { useWidth } from "./use-width";

export type StripRow = {
  label: string;
  dots: { name: string; score: number; marked?: boolean }[];
  mean: number;
  /** The interval of the mean; null where it is not known. */
  low: number | null;
  high: number | null;
  /** Where 95% of the dots would lie if they differed by the noise of the test alone. */
  noise: { low: number; high: number } | null;
};

type StripPlotProps = {
  /** Accessible name: of what the dots are. */
  label: string;
  rows: StripRow[];
  /** What a ringed dot is; absent where none is. */
  marked?: string | undefined;
};

const SIDE = 22; // room for half a tick label
const HEAD = 22;
const RADIUS = 4.5;
const LANE = 9;
const AXIS = 40;

/** Every seed as a dot, one row for each arm, with the mean and what the noise of the test alone would spread. */
export function StripPlot({ label, rows, marked }: StripPlotProps) {
  const { t } = useTranslation();
  const [ref, outer] = useWidth<HTMLElement>();
  const alternative = useId();
  const width = Math.max(120, outer - 2 * SIDE);
  const scale = scoreScale(rows.flatMap(valuesOf), [0, width]);
  const placed = place(rows, scale);
  const height = placed.reduce((sum, row) => sum + row.height, 0);
  return (
    <figure ref={ref} className={styles.figure}>
      <Legend entries={useLegend(rows, marked)} />
      <svg
        role="img"
        aria-label={label}
        aria-describedby={alternative}
        width={outer}
        height={height + AXIS}
      >
        <g transform={`translate(${SIDE}, 0)`}>
          <ScoreGrid scale={scale} width={width} height={height} title={t("charts.score.axis")} />
          {placed.map((row) => (
            <Row key={row.label} row={row} scale={scale} width={width} />
          ))}
        </g>
      </svg>
      <VisuallyHidden>
        <ul id={alternative}>
          {rows.map((row) => (
            <li key={row.label}>
              {t("charts.strip.sentence", {
                label: row.label,
                n: count(row.dots.length),
                mean: percent(row.mean, 2),
                lowest: percent(Math.min(...row.dots.map((dot) => dot.score)), 2),
                highest: percent(Math.max(...row.dots.map((dot) => dot.score)), 2),
              })}
            </li>
          ))}
        </ul>
      </VisuallyHidden>
    </figure>
  );
}

function valuesOf({ dots, mean, low, high, noise }: StripRow): number[] {
  const ends = [low ?? mean, high ?? mean, noise?.low ?? mean, noise?.high ?? mean];
  return [...dots.map((dot) => dot.score), ...ends].map((score) => Math.min(1, Math.max(0, score)));
}

type Placed = StripRow & { top: number; height: number; middle: number; lanes: number[] };

function place(rows: StripRow[], scale: ScoreScale): Placed[] {
  let top = 0;
  return rows.map((row) => {
    const lanes = dodge(
      row.dots.map((dot) => scale.at(dot.score)),
      2 * RADIUS,
    );
    const half = Math.max(2, reach(lanes)) * LANE + RADIUS + 4;
    const placed = { ...row, top, lanes, middle: HEAD + half, height: HEAD + 2 * half + 6 };
    top += placed.height;
    return placed;
  });
}

function Row({ row, scale, width }: { row: Placed; scale: ScoreScale; width: number }) {
  const { t } = useTranslation();
  const { low, high, noise, middle } = row;
  const end = row.height - 4;
  return (
    <g transform={`translate(0, ${row.top})`}>
      {noise ? (
        <rect
          className={marks.noise}
          x={scale.at(Math.max(0, noise.low))}
          width={scale.at(Math.min(1, noise.high)) - scale.at(Math.max(0, noise.low))}
          y={HEAD}
          height={end - HEAD}
        />
      ) : null}
      <text className={styles.rowLabel} y={14}>
        {row.label}
      </text>
      <text className={styles.rowValue} x={width} y={14} textAnchor="end">
        {t("charts.strip.value", { mean: percent(row.mean, 2) })}
      </text>
      <line
        className={marks.mean}
        x1={scale.at(row.mean)}
        x2={scale.at(row.mean)}
        y1={HEAD}
        y2={end}
      />
      {low !== null && high !== null ? (
        <line className={marks.mean} x1={scale.at(low)} x2={scale.at(high)} y1={end} y2={end} />
      ) : null}
      {row.dots.map((dot, index) => (
        <circle
          key={dot.name}
          className={marks.dot}
          data-marked={dot.marked || undefined}
          cx={scale.at(dot.score)}
          cy={middle + (row.lanes[index] ?? 0) * LANE}
          r={RADIUS}
        >
          <title>{`${dot.name}: ${percent(dot.score, 2)}`}</title>
        </circle>
      ))}
    </g>
  );
}

function useLegend(rows: StripRow[], marked: string | undefined) {
  const { t } = useTranslation();
  const entries = [
    { mark: <circle className={marks.dot} r={RADIUS} />, text: t("charts.strip.dot") },
    { mark: <line className={marks.mean} y1={-7} y2={7} />, text: t("charts.strip.mean") },
  ];
  if (rows.some((row) => row.low !== null))
    entries.push({
      mark: <line className={marks.mean} x1={-9} x2={9} />,
      text: t("charts.strip.interval"),
    });
  if (rows.some((row) => row.noise !== null))
    entries.push({
      mark: <rect className={marks.noise} x={-11} y={-7} width={22} height={14} />,
      text: t("charts.strip.noise"),
    });
  if (marked)
    entries.push({ mark: <circle className={marks.dot} data-marked r={RADIUS} />, text: marked });
  return entries;
}
