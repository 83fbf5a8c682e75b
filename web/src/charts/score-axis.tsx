import styles from "./charts.module.css";
import { type ScoreScale, scoreTick } from "./score-scale";

type ScoreGridProps = { scale: ScoreScale; width: number; height: number; title: string };

/** Grid and axis below rows of scores. */
export function ScoreGrid({ scale, width, height, title }: ScoreGridProps) {
  return (
    <>
      {scale.ticks.map(({ at, value }) => (
        <g key={value} transform={`translate(${at}, 0)`}>
          <line className={styles.grid} y2={height} />
          <text className={styles.tick} y={height + 16} textAnchor="middle">
            {scoreTick(value, scale.ticks)}
          </text>
        </g>
      ))}
      <text className={styles.axisTitle} x={width / 2} y={height + 34} textAnchor="middle">
        {title}
      </text>
    </>
  );
}
