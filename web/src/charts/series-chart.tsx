import { VisuallyHidden } from "@mantine/core";
import { useId, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { day, dayOfMonth, month } from "@/format/dates";
import { amount, count, decimal } from "@/format/numbers";
import styles from "./charts.module.css";
import {
  type Box,
  dayAt,
  hasEvidence,
  type SeriesDay,
  type SeriesMarks,
  seriesMarks,
} from "./series-geometry";
import { useWidth } from "./use-width";

type SeriesChartProps = {
  /** Accessible name: "Stories per day about gpt-4". */
  label: string;
  days: SeriesDay[];
  /** First day of the change, when there is one. */
  onset: string | null;
};

const LEFT = 40; // room for the numbers of the axis
const TOP = 18;
const STORIES = 200;
const BETWEEN = 22;
const READ = 44;
const BOTTOM = 22;
const HEIGHT = TOP + STORIES + BETWEEN + READ + BOTTOM;
const LONG = 120; // days from which on the axis names months

/**
 * Stories per day against what was expected, and below them how much was read at all.
 *
 * The two panels belong together: without the second, an outage looks like silence.
 */
export function SeriesChart({ label, days, onset }: SeriesChartProps) {
  const { t } = useTranslation();
  const [ref, outer] = useWidth<HTMLElement>();
  const [chosen, setChosen] = useState<number | null>(null);
  const width = Math.max(120, outer - LEFT - 4);
  const marks = useMemo(
    () => seriesMarks(days, onset, { width, stories: STORIES, read: READ }),
    [days, onset, width],
  );
  const summary = useId();
  if (days.length === 0) return <p>{t("charts.series.none")}</p>;
  const index = Math.min(chosen ?? days.length - 1, days.length - 1);
  return (
    <figure ref={ref} className={styles.figure}>
      <Legend hasGaps={marks.gaps.length > 0} />
      <svg
        role="img"
        aria-label={label}
        aria-describedby={summary}
        width={outer}
        height={HEIGHT}
        onPointerMove={(event) => {
          const left = event.currentTarget.getBoundingClientRect().left + LEFT;
          setChosen(dayAt(event.clientX - left, days.length, width));
        }}
      >
        <g transform={`translate(${LEFT}, ${TOP})`}>
          <Panels marks={marks} width={width} />
          <DayAxis marks={marks} days={days} width={width} />
          <Onset at={marks.onset} width={width} />
          {chosen === null ? null : (
            <rect
              className={styles.cursor}
              x={index * marks.step}
              width={Math.max(1, marks.step)}
              height={STORIES + BETWEEN + READ}
            />
          )}
        </g>
      </svg>
      <Readout days={days} index={index} choose={setChosen} />
      <p id={summary} className={styles.caption}>
        <Summary days={days} onset={onset} />
      </p>
      <Numbers label={label} days={days} />
    </figure>
  );
}

function Legend({ hasGaps }: { hasGaps: boolean }) {
  const { t } = useTranslation();
  return (
    <ul className={styles.legend} aria-hidden>
      <li data-mark="bar">{t("charts.series.stories")}</li>
      <li data-mark="line">{t("charts.series.expected")}</li>
      <li data-mark="read">{t("charts.series.read")}</li>
      {hasGaps ? <li data-mark="gap">{t("charts.series.noEvidence")}</li> : null}
    </ul>
  );
}

/** Many boxes as one path: a year of days is one node instead of hundreds. */
function asPath(boxes: Box[]): string {
  return boxes
    .map(
      (b) =>
        `M${b.x.toFixed(2)},${b.y.toFixed(2)}h${b.width.toFixed(2)}v${b.height.toFixed(2)}h${(-b.width).toFixed(2)}z`,
    )
    .join("");
}

function Panels({ marks, width }: { marks: SeriesMarks; width: number }) {
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
          height={STORIES + BETWEEN + READ}
          fill={`url(#${hatch})`}
        />
      ))}
      <Scale ticks={marks.storyTicks} width={width} />
      <path className={styles.stories} d={asPath(marks.bars)} />
      <path className={styles.expected} d={marks.baseline} />
      <g transform={`translate(0, ${STORIES + BETWEEN})`}>
        <Scale ticks={marks.readTicks} width={width} />
        <path className={styles.read} d={asPath(marks.reads)} />
      </g>
    </>
  );
}

function Scale({ ticks, width }: { ticks: SeriesMarks["storyTicks"]; width: number }) {
  return ticks.map(({ at, value }) => (
    <g key={value} transform={`translate(0, ${at})`}>
      <line className={styles.grid} x2={width} />
      <text className={styles.tick} x={-6} dy="0.32em" textAnchor="end">
        {count(value)}
      </text>
    </g>
  ));
}

type DayAxisProps = { marks: SeriesMarks; days: SeriesDay[]; width: number };

function DayAxis({ marks, days, width }: DayAxisProps) {
  const named = days.length > LONG ? month : dayOfMonth;
  return (
    <g transform={`translate(0, ${STORIES + BETWEEN + READ + 16})`}>
      {marks.dayTicks.map(({ at, index }) => (
        <text
          key={index}
          className={styles.tick}
          x={at}
          textAnchor={index === 0 ? "start" : at > width - 24 ? "end" : "middle"}
        >
          {named(days[index]?.day)}
        </text>
      ))}
    </g>
  );
}

function Onset({ at, width }: { at: number | null; width: number }) {
  const { t } = useTranslation();
  if (at === null) return null;
  const right = at > width / 2;
  return (
    <g transform={`translate(${at}, 0)`}>
      <line className={styles.onset} y1={-4} y2={STORIES + BETWEEN + READ} />
      <text
        className={styles.onsetLabel}
        x={right ? -5 : 5}
        y={-6}
        textAnchor={right ? "end" : "start"}
      >
        {t("charts.series.onset")}
      </text>
    </g>
  );
}

type ReadoutProps = { days: SeriesDay[]; index: number; choose: (index: number) => void };

/** The numbers of one day. A native slider, so that arrow keys, Home and End work everywhere. */
function Readout({ days, index, choose }: ReadoutProps) {
  const { t } = useTranslation();
  const slider = useId();
  const text = useDayText()(days[index]);
  return (
    <div className={styles.readout}>
      <label htmlFor={slider}>{t("charts.series.day")}</label>
      <input
        id={slider}
        type="range"
        min={0}
        max={days.length - 1}
        value={index}
        aria-valuetext={text}
        onChange={(event) => choose(Number(event.currentTarget.value))}
      />
      <output htmlFor={slider} aria-live="off">
        {text}
      </output>
    </div>
  );
}

function useDayText(): (d: SeriesDay | undefined) => string {
  const { t } = useTranslation();
  return (d) => {
    if (d === undefined) return "";
    if (!hasEvidence(d)) return t("charts.series.dayWithout", { day: day(d.day) });
    return t("charts.series.dayWith", {
      day: day(d.day),
      stories: count(d.stories),
      expected:
        d.expected !== null && d.expected < 0.1 ? amount(d.expected) : decimal(d.expected, 1),
      read: count(d.read),
    });
  };
}

function Summary({ days, onset }: { days: SeriesDay[]; onset: string | null }) {
  const { t } = useTranslation();
  const sum = days.reduce((all, d) => all + (d.stories ?? 0), 0);
  const silent = days.filter((d) => !hasEvidence(d)).length;
  return (
    <>
      {t("charts.series.summary", {
        first: day(days[0]?.day),
        last: day(days.at(-1)?.day),
        stories: count(sum),
      })}{" "}
      {silent > 0 ? t("charts.series.silent", { count: silent }) : null}{" "}
      {onset === null ? null : t("charts.series.onsetOn", { day: day(onset) })}
    </>
  );
}

/** The same numbers as a table, made when it is opened: a year would be 1,800 cells for nothing. */
function Numbers({ label, days }: { label: string; days: SeriesDay[] }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  return (
    <details className={styles.numbers} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{t("charts.series.asTable")}</summary>
      {open ? (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        <section className={styles.scroll} aria-label={label} tabIndex={0}>
          <table>
            <caption>
              <VisuallyHidden>{label}</VisuallyHidden>
            </caption>
            <thead>
              <tr>
                <th scope="col">{t("charts.series.day")}</th>
                <th scope="col">{t("charts.series.stories")}</th>
                <th scope="col">{t("charts.series.expected")}</th>
                <th scope="col">{t("charts.series.read")}</th>
              </tr>
            </thead>
            <tbody>
              {days.map((d) => (
                <tr key={d.day}>
                  <th scope="row">{d.day}</th>
                  <td>{hasEvidence(d) ? count(d.stories) : t("charts.series.noEvidence")}</td>
                  <td>{amount(d.expected)}</td>
                  <td>{count(d.read)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      ) : null}
    </details>
  );
}
