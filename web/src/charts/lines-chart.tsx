import {
  symbol,
  symbolCircle,
  symbolDiamond,
  symbolSquare,
  symbolTriangle,
  symbolX,
} from "d3-shape";
import { useTranslation } from "react-i18next";
import styles from "./charts.module.css";
import { Legend } from "./legend";
import marks from "./lines.module.css";
import { type LinePoint, type LineScales, lineBand, linePath, lineScales } from "./lines-geometry";
import { NumbersTable } from "./numbers-table";
import { useWidth } from "./use-width";

export type Line = { name: string; points: LinePoint[]; marked?: boolean };

type LinesChartProps = {
  /** Accessible name: what is drawn. */
  label: string;
  lines: Line[];
  x: Axis;
  y: Axis;
  /** A height that everything is held against, and what it means. */
  level?: { at: number; means: string };
};

type Axis = {
  title: string;
  text: (value: number) => string;
  /** The same in less room, beside the axis; what it gives nothing for has no word there. */
  tick?: (value: number) => string;
};

const LEFT = 48;
const RIGHT = 12;
const TOP = 10;
const HEIGHT = 200;
const BOTTOM = 40;
const SHAPES = [symbolCircle, symbolSquare, symbolTriangle, symbolDiamond, symbolX];
const DASHES = ["none", "7 3", "2 3", "9 3 2 3", "4 2"];

/** Several lines on common axes, told apart by mark and dash as well; one of them may be marked. */
export function LinesChart({ label, lines, x, y, level }: LinesChartProps) {
  const [ref, outer] = useWidth<HTMLElement>();
  const width = Math.max(120, outer - LEFT - RIGHT);
  const points = lines.flatMap((line) => line.points);
  const scales = lineScales(points, { width, height: HEIGHT }, level?.at);
  return (
    <figure ref={ref} className={styles.figure}>
      <Legend
        entries={lines.map((line, place) => ({
          mark: <Key line={line} place={place} />,
          text: line.name,
        }))}
      />
      <svg role="img" aria-label={label} width={outer} height={TOP + HEIGHT + BOTTOM}>
        <g transform={`translate(${LEFT}, ${TOP})`}>
          <Axes scales={scales} width={width} x={x} y={y} />
          {level ? <Level at={scales.y(level.at)} width={width} means={level.means} /> : null}
          {lines.map((line, place) => (
            <Drawn key={line.name} line={line} place={place} scales={scales} />
          ))}
        </g>
      </svg>
      <Numbers label={label} lines={lines} x={x} y={y} />
    </figure>
  );
}

function Drawn({ line, place, scales }: { line: Line; place: number; scales: LineScales }) {
  const marked = line.marked || undefined;
  return (
    <g>
      {marked ? <path className={marks.band} d={lineBand(line.points, scales)} /> : null}
      <path
        className={marks.line}
        data-marked={marked}
        strokeDasharray={marked ? undefined : DASHES[place % DASHES.length]}
        d={linePath(line.points, scales)}
      />
      {line.points.map((point) =>
        point.y === null ? null : (
          <path
            key={point.x}
            className={marks.mark}
            data-marked={marked}
            d={shapeOf(place)}
            transform={`translate(${scales.x(point.x)}, ${scales.y(point.y)})`}
          />
        ),
      )}
    </g>
  );
}

function Key({ line, place }: { line: Line; place: number }) {
  const marked = line.marked || undefined;
  return (
    <>
      <line
        className={marks.line}
        data-marked={marked}
        strokeDasharray={marked ? undefined : DASHES[place % DASHES.length]}
        x1={-11}
        x2={11}
      />
      <path className={marks.mark} data-marked={marked} d={shapeOf(place)} />
    </>
  );
}

function shapeOf(place: number): string {
  return symbol(SHAPES[place % SHAPES.length] ?? symbolCircle, 36)() ?? "";
}

type AxesProps = { scales: LineScales; width: number; x: Axis; y: Axis };

function Axes({ scales, width, x, y }: AxesProps) {
  return (
    <>
      {scales.yTicks.map(({ at, value }) => (
        <g key={value} transform={`translate(0, ${at})`}>
          <line className={styles.grid} x2={width} />
          <text className={styles.tick} x={-6} dy="0.32em" textAnchor="end">
            {(y.tick ?? y.text)(value)}
          </text>
        </g>
      ))}
      {scales.xTicks.map(({ at, value }) => (
        <text
          key={value}
          className={styles.tick}
          x={at}
          y={HEIGHT + 16}
          textAnchor={at > width - 12 ? "end" : at < 12 ? "start" : "middle"}
        >
          {(x.tick ?? x.text)(value)}
        </text>
      ))}
      <text className={styles.axisTitle} x={width / 2} y={HEIGHT + 34} textAnchor="middle">
        {x.title}
      </text>
    </>
  );
}

function Level({ at, width, means }: { at: number; width: number; means: string }) {
  return (
    <g transform={`translate(0, ${at})`}>
      <line className={marks.level} x2={width} />
      <text className={marks.levelText} x={width} y={14} textAnchor="end">
        {means}
      </text>
    </g>
  );
}

type NumbersProps = { label: string; lines: Line[]; x: Axis; y: Axis };

/** The same as a table: a column for each line. */
function Numbers({ label, lines, x, y }: NumbersProps) {
  const { t } = useTranslation();
  const xs = [...new Set(lines.flatMap(({ points }) => points.map((point) => point.x)))].sort(
    (a, b) => a - b,
  );
  const at = (line: Line, value: number) => {
    const found = line.points.find((point) => point.x === value);
    return found === undefined || found.y === null ? t("format.unknown") : y.text(found.y);
  };
  return (
    <NumbersTable
      label={label}
      head={[x.title, ...lines.map(({ name }) => name)]}
      rows={xs.map((value) => [x.text(value), ...lines.map((line) => at(line, value))])}
    />
  );
}
