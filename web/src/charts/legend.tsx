import type { ReactNode } from "react";
import styles from "./study-charts.module.css";

const WIDTH = 22;
const HEIGHT = 14;

type LegendProps = { entries: { mark: ReactNode; text: string }[] };

/** The marks of a chart with their words. Hidden from those who hear the page: the sentences say it. */
export function Legend({ entries }: LegendProps) {
  return (
    <ul className={styles.key} aria-hidden>
      {entries.map(({ mark, text }) => (
        <li key={text}>
          <svg width={WIDTH} height={HEIGHT} aria-hidden>
            <g transform={`translate(${WIDTH / 2}, ${HEIGHT / 2})`}>{mark}</g>
          </svg>
          {text}
        </li>
      ))}
    </ul>
  );
}
