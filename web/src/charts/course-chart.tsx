import { useTranslation } from "react-i18next";
import { count, percent } from "@/format/numbers";
import styles from "./charts.module.css";
import { type CurvePoint, type CurveScales, curvePath, curveScales } from "./curve-geometry";
import { Legend } from "./legend";
import { scoreTick } from "./score-scale";
import marks from "./study-charts.module.css";
import { useWidth } from "./use-width";

export type CourseArm = {
  name: string;
  /** One line for each seed. */
  seeds: { name: string; points: CurvePoint[] }[];
  /** The mean at each checkpoint, of the seeds that have been evaluated there; partial where some have not. */
  mean: (CurvePoint & { isPartial: boolean })[];
};

type CourseChartProps = {
  label: string;
  arms: CourseArm[];
  /** Steps at which evaluations are planned: the axis has room for them. */
  planned: number[];
};

const MOST_OTHERS = 3; // dashed lines in a panel; more are a tangle
const LEFT = 42;
const TOP = 8;
const RIGHT = 14;
const HEIGHT = 170;
const BOTTOM = 40;

/** Score by training step: one panel for each arm on common scales, the means of the others dashed. */
export function CourseChart({ label, arms, planned }: CourseChartProps) {
  const { t } = useTranslation();
  return (
    <figure className={styles.figure} aria-label={label}>
      <Legend
        entries={[
          { mark: <line className={marks.seed} x1={-11} x2={11} />, text: t("charts.course.seed") },
          {
            mark: <line className={marks.curve} x1={-11} x2={11} />,
            text: t("charts.course.mean"),
          },
          ...(arms.some(({ mean }) => mean.some(({ isPartial }) => isPartial))
            ? [
                {
                  mark: <circle className={marks.curvePoint} data-partial r={4} />,
                  text: t("charts.course.partial"),
                },
              ]
            : []),
          ...(showsOthers(arms)
            ? [
                {
                  mark: <line className={marks.other} x1={-11} x2={11} />,
                  text: t("charts.course.others"),
                },
              ]
            : []),
        ]}
      />
      <div className={marks.panels}>
        {arms.map((arm) => (
          <Panel key={arm.name} arm={arm} arms={arms} planned={planned} />
        ))}
      </div>
    </figure>
  );
}

function showsOthers(arms: CourseArm[]): boolean {
  return arms.length > 1 && arms.length <= MOST_OTHERS + 1;
}

type PanelProps = { arm: CourseArm; arms: CourseArm[]; planned: number[] };

function Panel({ arm, arms, planned }: PanelProps) {
  const [ref, outer] = useWidth<HTMLDivElement>(320);
  const width = Math.max(100, outer - LEFT - RIGHT);
  const all = arms.flatMap(({ seeds }) => seeds.flatMap(({ points }) => points));
  const scales = curveScales(all, { width, height: HEIGHT }, planned);
  return (
    <div ref={ref} className={marks.panel}>
      <p className={marks.panelTitle}>{arm.name}</p>
      <svg role="img" aria-label={usePanelText(arm)} width={outer} height={TOP + HEIGHT + BOTTOM}>
        <g transform={`translate(${LEFT}, ${TOP})`}>
          <CurveGrid scales={scales} width={width} height={HEIGHT} />
          {arms
            .filter(({ name }) => showsOthers(arms) && name !== arm.name)
            .map(({ name, mean }) => (
              <path key={name} className={marks.other} d={curvePath(mean, scales)} />
            ))}
          {arm.seeds.map(({ name, points }) => (
            <Line key={name} points={points} scales={scales} />
          ))}
          <path className={marks.curve} d={curvePath(arm.mean, scales)} />
          {arm.mean.map(({ x, score, isPartial }) => (
            <circle
              key={x}
              className={marks.curvePoint}
              data-partial={isPartial || undefined}
              cx={scales.x(x)}
              cy={scales.score.at(score)}
              r={3.5}
            />
          ))}
        </g>
      </svg>
    </div>
  );
}

/** A seed with a single checkpoint so far is a dot: a line needs two. */
function Line({ points, scales }: { points: CurvePoint[]; scales: CurveScales }) {
  const [only, ...more] = points;
  if (only && more.length === 0)
    return (
      <circle
        className={marks.seedPoint}
        cx={scales.x(only.x)}
        cy={scales.score.at(only.score)}
        r={2.5}
      />
    );
  return <path className={marks.seed} d={curvePath(points, scales)} />;
}

function usePanelText(arm: CourseArm): string {
  const { t } = useTranslation();
  const last = arm.mean.at(-1);
  if (last === undefined) return t("charts.course.nothing", { name: arm.name });
  return t("charts.course.panel", {
    name: arm.name,
    seeds: count(arm.seeds.length),
    checkpoints: count(arm.mean.length),
    score: percent(last.score, 2),
    step: count(last.x),
  });
}

type CurveGridProps = { scales: CurveScales; width: number; height: number; title?: string };

/** Grid and axes of curves: scores at the left, steps or numbers below. */
export function CurveGrid({ scales, width, height, title }: CurveGridProps) {
  const { t } = useTranslation();
  const { ticks } = scales.score;
  return (
    <>
      {ticks.map(({ at, value }) => (
        <g key={value} transform={`translate(0, ${at})`}>
          <line className={styles.grid} x2={width} />
          <text className={styles.tick} x={-6} dy="0.32em" textAnchor="end">
            {scoreTick(value, ticks)}
          </text>
        </g>
      ))}
      {scales.xTicks.map(({ at, value }) => (
        <text
          key={value}
          className={styles.tick}
          x={at}
          y={height + 16}
          textAnchor={at > width - 12 ? "end" : at < 12 ? "start" : "middle"}
        >
          {count(value)}
        </text>
      ))}
      <text className={styles.axisTitle} x={width / 2} y={height + 34} textAnchor="middle">
        {title ?? t("charts.course.axis")}
      </text>
    </>
  );
}
