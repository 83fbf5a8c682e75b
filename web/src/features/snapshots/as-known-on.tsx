import { ActionIcon } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { ChevronLeft, ChevronRight, type LucideIcon } from "lucide-react";
import { useEffect, useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { day, fullDay } from "@/format/dates";
import { count } from "@/format/numbers";
import { usePatchSearch } from "@/ui/search-params";
import styles from "./as-known-on.module.css";
import { type SnapshotDay, snapshotDaysQuery } from "./queries";
import { stopsOf } from "./stops";

const PAUSE_MS = 250; // a pause in dragging; shorter asks the server for every day that is passed

type AsKnownOnProps = {
  /** The snapshot that is looked at. */
  shown: { id: number; simulated: boolean };
  /** As the address says it; undefined is the latest. */
  chosen: string | undefined;
};

/** A slider over the days of the stored snapshots. It writes the address, so that a link shows the same. */
export function AsKnownOn({ shown, chosen }: AsKnownOnProps) {
  const { data } = useQuery(snapshotDaysQuery());
  // While the chosen snapshot is on its way, `shown` is still the one before.
  const wanted = chosen === undefined ? shown.id : Number(chosen);
  const stops = stopsOf(data ?? [], { id: wanted, simulated: shown.simulated });
  const at = stops.findIndex(({ id }) => id === wanted);
  // One day leaves nothing to choose, and what is not among the stops has no place there.
  return stops.length < 2 || at < 0 ? null : <Slider stops={stops} at={at} />;
}

function Slider({ stops, at }: { stops: SnapshotDay[]; at: number }) {
  const { t } = useTranslation();
  const id = useId();
  const patch = usePatchSearch();
  const [dragged, setDragged] = useState<number>();
  const write = useDebouncedCallback((to: number) => {
    void patch({ snapshot: String(stops[to]?.id) }, { replace: true });
  }, PAUSE_MS);
  // Once the address says what was chosen by hand, the address alone is followed again.
  useEffect(() => setDragged((by) => (by === at ? undefined : by)), [at]);
  const last = stops.length - 1;
  const place = Math.min(dragged ?? at, last);
  const stop = stops[place];
  if (stop === undefined) return null;
  const move = (to: number) => {
    setDragged(to === at ? undefined : to);
    write(to);
  };
  const told = toldOf(stop);
  return (
    <div className={styles.known}>
      <div className={styles.said}>
        <label htmlFor={id} className={styles.label}>
          {t("snapshot.known.label")}
        </label>
        <output htmlFor={id} className="np-numbers">
          {t("snapshot.known.told", told)}
        </output>
      </div>
      <div className={styles.track}>
        <Step
          to={place - 1}
          last={last}
          label={t("snapshot.known.earlier")}
          icon={ChevronLeft}
          onStep={move}
        />
        <input
          id={id}
          type="range"
          className={styles.slider}
          min={0}
          max={last}
          step={1}
          value={place}
          aria-valuetext={t("snapshot.known.told", told)}
          onChange={(event) => move(event.currentTarget.valueAsNumber)}
        />
        <Step
          to={place + 1}
          last={last}
          label={t("snapshot.known.later")}
          icon={ChevronRight}
          onStep={move}
        />
      </div>
      <div className={styles.ends} aria-hidden>
        <span>{day(stops[0]?.as_of)}</span>
        <span>{day(stops[last]?.as_of)}</span>
      </div>
    </div>
  );
}

function toldOf({ as_of, signals, watch, drops }: SnapshotDay) {
  return {
    day: fullDay(as_of),
    signals: count(signals),
    watch: count(watch),
    drops: count(drops),
  };
}

type StepProps = {
  to: number;
  last: number;
  label: string;
  icon: LucideIcon;
  onStep: (to: number) => void;
};

/** One snapshot back or on, for those who cannot hit one of hundreds. */
function Step({ to, last, label, icon: Icon, onStep }: StepProps) {
  return (
    <ActionIcon
      variant="default"
      size="md"
      aria-label={label}
      disabled={to < 0 || to > last}
      onClick={() => onStep(to)}
    >
      <Icon size={16} aria-hidden />
    </ActionIcon>
  );
}
