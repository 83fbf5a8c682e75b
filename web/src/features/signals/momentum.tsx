import { useTranslation } from "react-i18next";
import { RatioBar } from "@/charts/ratio-bar";
import { type Ratio, type RatioScale, ratioScale } from "@/charts/ratio-geometry";
import { amount, times } from "@/format/numbers";
import styles from "./momentum.module.css";

type WithMomentum = { momentum: number; momentum_low: number; momentum_high: number };

/** One scale for all rows of a list. */
export function momentumScale(rows: WithMomentum[]): RatioScale {
  return ratioScale(rows.map(ratioOf));
}

function ratioOf(row: WithMomentum): Ratio {
  return { point: row.momentum, low: row.momentum_low, high: row.momentum_high };
}

/** Momentum with its interval. The lower bound is the number to rely on, and what lists are sorted by. */
export function Momentum({ of, scale }: { of: WithMomentum; scale: RatioScale }) {
  const { t } = useTranslation();
  return (
    <div className={styles.momentum}>
      <span>
        <strong>{times(of.momentum_low)}</strong>{" "}
        <span className={styles.rest}>
          {t("signals.momentumRest", {
            point: times(of.momentum),
            low: amount(of.momentum_low),
            high: amount(of.momentum_high),
          })}
        </span>
      </span>
      <RatioBar ratio={ratioOf(of)} scale={scale} />
    </div>
  );
}
