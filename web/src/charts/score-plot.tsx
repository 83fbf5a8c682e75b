import { VisuallyHidden } from "@mantine/core";
import { useId } from "react";
import { useTranslation } from "react-i18next";
import { percent } from "@/format/numbers";
import i18n from "@/i18n";
import styles from "./charts.module.css";
import { type RowLayout, rowLayout } from "./row-layout";
import { ScoreGrid } from "./score-axis";
import { type ScoreScale, scoreScale } from "./score-scale";
import marks from "./study-charts.module.css";
import { useWidth } from "./use-width";

export type ScoreRow = {
  label: string;
  point: number;
  low: number | null;
  high: number | null;
  /** The one to go by. */
  marked?: boolean;
};

type ScorePlotProps = {
  /** Accessible name: what the scores are. */
  label: string;
  rows: ScoreRow[];
  /** What has to be known about the marks. */
  caption?: string;
  /** What the scale counts; right answers where nothing else is said. */
  axis?: string;
};

const SIDE = 22;
const AXIS = 40;

/** Scores with their intervals on one scale, so that they can be held side by side. */
export function ScorePlot({ label, rows, caption, axis }: ScorePlotProps) {
  const { t } = useTranslation();
  const [ref, outer] = useWidth<HTMLElement>();
  const alternative = useId();
  const width = Math.max(120, outer - 2 * SIDE);
  const values = rows.flatMap(({ point, low, high }) => [point, low ?? point, high ?? point]);
  const scale = scoreScale(
    values.map((score) => Math.min(1, Math.max(0, score))),
    [0, width],
  );
  const layout = rowLayout(
    rows.map((row) => ({ label: row.label, value: scoreText(row) })),
    width,
  );
  const height = rows.length * layout.row + 6;
  return (
    <figure ref={ref} className={styles.figure}>
      <svg
        role="img"
        aria-label={label}
        aria-describedby={alternative}
        width={outer}
        height={height + AXIS}
      >
        <g transform={`translate(${SIDE}, 0)`}>
          <ScoreGrid
            scale={scale}
            width={width}
            height={height}
            title={axis ?? t("charts.score.axis")}
          />
          {rows.map((row, index) => (
            <g key={row.label} transform={`translate(0, ${index * layout.row})`}>
              <Row row={row} scale={scale} width={width} layout={layout} />
            </g>
          ))}
        </g>
      </svg>
      {caption ? <figcaption className={styles.caption}>{caption}</figcaption> : null}
      <VisuallyHidden>
        <ul id={alternative}>
          {rows.map((row) => (
            <li key={row.label}>
              {t("charts.score.sentence", { label: row.label, score: scoreText(row) })}
            </li>
          ))}
        </ul>
      </VisuallyHidden>
    </figure>
  );
}

type RowProps = { row: ScoreRow; scale: ScoreScale; width: number; layout: RowLayout };

function Row({ row, scale, width, layout }: RowProps) {
  const at = (score: number) => scale.at(Math.min(1, Math.max(0, score)));
  const { point, low, high } = row;
  const known = low !== null && high !== null;
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
        {scoreText(row)}
      </text>
      <g
        transform={`translate(0, ${layout.mark})`}
        className={marks.score}
        data-marked={row.marked || undefined}
      >
        {known ? (
          <>
            <line x1={at(low)} x2={at(high)} />
            <line x1={at(low)} x2={at(low)} y1={-5} y2={5} />
            <line x1={at(high)} x2={at(high)} y1={-5} y2={5} />
          </>
        ) : null}
        <circle cx={at(point)} r={5} data-hollow={known ? undefined : true} />
      </g>
    </>
  );
}

function scoreText({ point, low, high }: ScoreRow): string {
  if (low === null || high === null) return percent(point, 2);
  return i18n.t("charts.score.value", {
    point: percent(point, 2),
    low: percent(low, 2),
    high: percent(high, 2),
  });
}
