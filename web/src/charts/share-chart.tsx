import { useTranslation } from "react-i18next";
import { count } from "@/format/numbers";
import styles from "./charts.module.css";
import { scoreTick } from "./score-scale";
import { shareArea, sharesBySize } from "./share-geometry";
import marks from "./study-charts.module.css";
import { useWidth } from "./use-width";

type ShareChartProps = {
  label: string;
  /** Of the runs that solve each problem. */
  shares: number[];
};

const LEFT = 42;
const TOP = 20;
const RIGHT = 8;
const HEIGHT = 150;
const BOTTOM = 26;
const TICKS = [0, 0.5, 1].map((value) => ({ value, at: HEIGHT * (1 - value) }));

/** Every problem as a column as high as the share of runs that solve it, the easiest first. */
export function ShareChart({ label, shares }: ShareChartProps) {
  const { t } = useTranslation();
  const [ref, outer] = useWidth<HTMLElement>();
  const width = Math.max(100, outer - LEFT - RIGHT);
  const { path, allEnds, noneBegins } = shareArea(shares, { width, height: HEIGHT });
  const parts = sharesBySize(shares);
  return (
    <figure ref={ref} className={styles.figure}>
      <svg role="img" aria-label={label} width={outer} height={TOP + HEIGHT + BOTTOM}>
        <g transform={`translate(${LEFT}, ${TOP})`}>
          <rect className={marks.shareGround} width={width} height={HEIGHT} />
          {TICKS.map(({ at, value }) => (
            <text key={value} className={styles.tick} x={-6} y={at} dy="0.32em" textAnchor="end">
              {scoreTick(value, TICKS)}
            </text>
          ))}
          <path className={marks.share} d={path} />
          {[allEnds, noneBegins].map((at, index) => (
            <line
              key={index === 0 ? "all" : "none"}
              className={marks.shareEdge}
              x1={at}
              x2={at}
              y1={-14}
              y2={HEIGHT}
            />
          ))}
          <Part from={0} to={allEnds} text={t("charts.share.all", { n: count(parts.all) })} />
          <Part
            from={allEnds}
            to={noneBegins}
            text={t("charts.share.some", { n: count(parts.some) })}
          />
          <Part
            from={noneBegins}
            to={width}
            text={t("charts.share.none", { n: count(parts.none) })}
          />
          <text className={styles.axisTitle} x={width / 2} y={HEIGHT + 18} textAnchor="middle">
            {t("charts.share.axis")}
          </text>
        </g>
      </svg>
    </figure>
  );
}

const LETTER = 6.4; // pixels, about; a name that has no room is left to the sentence above

function Part({ from, to, text }: { from: number; to: number; text: string }) {
  if (to - from < text.length * LETTER) return null;
  return (
    <text className={styles.tick} x={(from + to) / 2} y={-5} textAnchor="middle">
      {text}
    </text>
  );
}
