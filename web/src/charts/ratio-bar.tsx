import { amount } from "@/format/numbers";
import styles from "./charts.module.css";
import type { Ratio, RatioScale } from "./ratio-geometry";

const HEIGHT = 14;
const MIDDLE = HEIGHT / 2;

/**
 * A factor with its interval as a line; its lower bound is the strongest mark, for lists are sorted by it.
 *
 * Hidden from those who hear the page: the numbers stand beside it.
 */
export function RatioBar({ ratio, scale }: { ratio: Ratio; scale: RatioScale }) {
  const at = (factor: number) => `${scale.at(factor).toFixed(2)}%`;
  const { point, low, high } = ratio;
  return (
    <svg className={styles.ratio} aria-hidden width="100%" height={HEIGHT}>
      <line className={styles.one} x1={at(1)} x2={at(1)} y2={HEIGHT} />
      {low !== null && high !== null ? (
        <>
          <line className={styles.span} x1={at(low)} x2={at(high)} y1={MIDDLE} y2={MIDDLE} />
          <line className={styles.bound} x1={at(low)} x2={at(low)} y1={1} y2={HEIGHT - 1} />
        </>
      ) : null}
      <circle className={styles.point} cx={at(point)} cy={MIDDLE} r={3.5} />
    </svg>
  );
}

/** The factors that the bars below stand for. */
export function RatioAxis({ scale }: { scale: RatioScale }) {
  return (
    <svg className={styles.ratio} aria-hidden width="100%" height={HEIGHT}>
      {scale.ticks.map(({ at, value }) => (
        <text
          key={value}
          className={styles.tick}
          x={`${at.toFixed(2)}%`}
          y={11}
          textAnchor={at < 8 ? "start" : at > 92 ? "end" : "middle"}
        >
          {amount(value)}×
        </text>
      ))}
    </svg>
  );
}
