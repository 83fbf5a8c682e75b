import { useTranslation } from "react-i18next";
import { count, percent } from "@/format/numbers";
import styles from "./charts.module.css";
import { CurveGrid } from "./course-chart";
import { bandPath, type CurvePoint, curvePath, curveScales } from "./curve-geometry";
import { Legend } from "./legend";
import marks from "./study-charts.module.css";
import { useWidth } from "./use-width";

type VoteChartProps = {
  label: string;
  /** Accuracy of the vote of the first x members, with its interval. */
  curve: CurvePoint[];
  /** How many vote in the answer above. */
  k: number;
};

const LEFT = 42;
const TOP = 8;
const RIGHT = 14;
const HEIGHT = 180;
const BOTTOM = 40;

/** What a vote scores by the number of its members, with the best single member as the level to beat. */
export function VoteChart({ label, curve, k }: VoteChartProps) {
  const { t } = useTranslation();
  const [ref, outer] = useWidth<HTMLElement>();
  const width = Math.max(100, outer - LEFT - RIGHT);
  const scales = curveScales(curve, { width, height: HEIGHT });
  const alone = curve.find(({ x }) => x === 1);
  return (
    <figure ref={ref} className={styles.figure}>
      <Legend
        entries={[
          { mark: <line className={marks.curve} x1={-11} x2={11} />, text: t("charts.vote.curve") },
          {
            mark: <rect className={marks.confidence} x={-11} y={-7} width={22} height={14} />,
            text: t("charts.vote.band"),
          },
          { mark: <line className={marks.level} x1={-11} x2={11} />, text: t("charts.vote.alone") },
          {
            mark: <circle className={marks.curvePoint} data-marked r={4} />,
            text: t("charts.vote.chosen", { k: count(k) }),
          },
        ]}
      />
      <svg role="img" aria-label={label} width={outer} height={TOP + HEIGHT + BOTTOM}>
        <g transform={`translate(${LEFT}, ${TOP})`}>
          <CurveGrid scales={scales} width={width} height={HEIGHT} title={t("charts.vote.axis")} />
          <path className={marks.confidence} d={bandPath(curve, scales)} />
          {alone ? (
            <line
              className={marks.level}
              x2={width}
              y1={scales.score.at(alone.score)}
              y2={scales.score.at(alone.score)}
            />
          ) : null}
          <path className={marks.curve} d={curvePath(curve, scales)} />
          {curve.map(({ x, score }) => (
            <circle
              key={x}
              className={marks.curvePoint}
              data-marked={x === k || undefined}
              cx={scales.x(x)}
              cy={scales.score.at(score)}
              r={x === k ? 5 : 3}
            >
              <title>{t("charts.vote.point", { k: count(x), score: percent(score, 2) })}</title>
            </circle>
          ))}
        </g>
      </svg>
    </figure>
  );
}
