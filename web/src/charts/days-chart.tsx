import { useId, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { day, dayOfMonth } from "@/format/dates";
import { count } from "@/format/numbers";
import styles from "./charts.module.css";
import { type DaysMarks, daysMarks, type SourceDay } from "./days-geometry";
import { NumbersTable } from "./numbers-table";
import type { Box, Tick } from "./series-geometry";
import { useWidth } from "./use-width";

type DaysChartProps = { label: string; days: SourceDay[] };

const LEFT = 40;
const TOP = 8;
const DOCUMENTS = 110;
const BETWEEN = 20;
const VISITS = 44;
const BOTTOM = 22;
const HEIGHT = TOP + DOCUMENTS + BETWEEN + VISITS + BOTTOM;

/** New documents of a source per day, and below them its visits with those that met a trouble. */
export function DaysChart({ label, days }: DaysChartProps) {
  const { t } = useTranslation();
  const [ref, outer] = useWidth<HTMLElement>();
  const width = Math.max(120, outer - LEFT - 4);
  const marks = useMemo(
    () => daysMarks(days, { width, stories: DOCUMENTS, read: VISITS }),
    [days, width],
  );
  const summary = useId();
  return (
    <figure ref={ref} className={styles.figure}>
      <Legend marks={marks} />
      <svg role="img" aria-label={label} aria-describedby={summary} width={outer} height={HEIGHT}>
        <g transform={`translate(${LEFT}, ${TOP})`}>
          <Panels marks={marks} width={width} />
          <g transform={`translate(0, ${DOCUMENTS + BETWEEN + VISITS + 16})`}>
            {marks.dayTicks.map(({ at, index }) => (
              <text
                key={index}
                className={styles.tick}
                x={at}
                textAnchor={index === 0 ? "start" : at > width - 24 ? "end" : "middle"}
              >
                {dayOfMonth(days[index]?.day)}
              </text>
            ))}
          </g>
        </g>
      </svg>
      <p id={summary} className={styles.caption}>
        <Summary days={days} />
      </p>
      <NumbersTable
        label={label}
        head={[
          t("charts.days.day"),
          t("charts.days.documents"),
          t("charts.days.visits"),
          t("charts.days.failed"),
        ]}
        rows={days.map((d) => [
          day(d.day),
          d.documents === null ? t("charts.days.noVisit") : count(d.documents),
          count(d.visits),
          count(d.failed),
        ])}
      />
    </figure>
  );
}

function Legend({ marks }: { marks: DaysMarks }) {
  const { t } = useTranslation();
  return (
    <ul className={styles.legend} aria-hidden>
      <li data-mark="bar">{t("charts.days.documents")}</li>
      <li data-mark="read">{t("charts.days.visits")}</li>
      {marks.failed.length > 0 ? <li data-mark="failed">{t("charts.days.failed")}</li> : null}
      {marks.gaps.length > 0 ? <li data-mark="gap">{t("charts.days.noVisit")}</li> : null}
    </ul>
  );
}

function Panels({ marks, width }: { marks: DaysMarks; width: number }) {
  const hatch = useId();
  return (
    <>
      <defs>
        <pattern
          id={hatch}
          width="6"
          height="6"
          patternUnits="userSpaceOnUse"
          patternTransform="rotate(45)"
        >
          <rect className={styles.hatchGround} width="6" height="6" />
          <line className={styles.hatch} y2="6" />
        </pattern>
      </defs>
      {marks.gaps.map(({ x, width: wide }) => (
        <rect
          key={x}
          x={x}
          width={wide}
          height={DOCUMENTS + BETWEEN + VISITS}
          fill={`url(#${hatch})`}
        />
      ))}
      <Scale ticks={marks.documentTicks} width={width} />
      <Boxes of={marks.bars} className={styles.stories} />
      <g transform={`translate(0, ${DOCUMENTS + BETWEEN})`}>
        <Scale ticks={marks.visitTicks} width={width} />
        <Boxes of={marks.reads} className={styles.read} />
        <Boxes of={marks.failed} className={styles.failed} />
      </g>
    </>
  );
}

function Boxes({ of, className }: { of: Box[]; className: string | undefined }) {
  return of.map(({ x, y, width, height }) => (
    <rect key={x} className={className} x={x} y={y} width={width} height={height} />
  ));
}

function Scale({ ticks, width }: { ticks: Tick[]; width: number }) {
  return ticks.map(({ at, value }) => (
    <g key={value} transform={`translate(0, ${at})`}>
      <line className={styles.grid} x2={width} />
      <text className={styles.tick} x={-6} dy="0.32em" textAnchor="end">
        {count(value)}
      </text>
    </g>
  ));
}

/** What the chart shows, as a sentence. */
function Summary({ days }: { days: SourceDay[] }) {
  const { t } = useTranslation();
  const sum = (of: (d: SourceDay) => number) => days.reduce((all, d) => all + of(d), 0);
  return t("charts.days.summary", {
    first: day(days[0]?.day),
    last: day(days.at(-1)?.day),
    documents: count(sum((d) => d.documents ?? 0)),
    visits: count(sum((d) => d.visits)),
    failed: count(sum((d) => d.failed)),
  });
}
