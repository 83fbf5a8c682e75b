import { useTranslation } from "react-i18next";
import { day } from "@/format/dates";
import { amount, count, eValue, times } from "@/format/numbers";
import { Stat, Stats } from "@/ui/stat";
import type { Judged, Topic } from "./queries";

type KeyNumbersProps = { judged: Judged; snapshot: Topic["snapshot"] };

/** The numbers that a judgement rests on, each with its interval or with what it is held against. */
export function KeyNumbers({ judged, snapshot }: KeyNumbersProps) {
  const { t } = useTranslation();
  const eNote = useENote();
  return (
    <section aria-label={t("signal.key.label")}>
      <Stats>
        <Stat
          label={t("signal.key.momentum")}
          value={t("signal.key.momentumValue", { low: times(judged.momentum_low) })}
          note={t("signal.key.momentumNote", {
            point: times(judged.momentum),
            low: amount(judged.momentum_low),
            high: times(judged.momentum_high),
          })}
        />
        <Stat
          label={t("signal.key.ratio")}
          value={times(judged.ratio)}
          note={t("signal.key.ratioNote", {
            low: amount(judged.ratio_low),
            high: times(judged.ratio_high),
          })}
        />
        <Stat
          label={t("signal.key.e")}
          value={eValue(judged.log_e)}
          note={eNote(judged, snapshot.log_threshold)}
        />
        <Stat
          label={t("signal.key.stories")}
          value={count(judged.stories)}
          note={
            <>
              {t("signal.key.storiesNote", { expected: amount(judged.expected) })}
              {judged.families === null || judged.families === undefined ? null : (
                <>
                  {" "}
                  {t("signal.key.families", {
                    count: judged.families,
                    shown: count(judged.families),
                  })}
                </>
              )}
            </>
          }
        />
        {judged.place === "signal" ? (
          <Stat
            label={t("signal.key.onset")}
            value={day(judged.onset)}
            note={t("signal.key.onsetNote", {
              shown: count(judged.shown_days),
            })}
          />
        ) : null}
        {judged.place === "watch" ? <Needed needed={judged.needed} /> : null}
      </Stats>
    </section>
  );
}

function Needed({ needed }: { needed: number | null }) {
  const { t } = useTranslation();
  return (
    <Stat
      label={t("signal.key.needed")}
      value={needed === null ? t("signal.key.neededNone") : count(needed)}
      note={needed === null ? t("signal.key.neededNoneNote") : t("signal.key.neededNote")}
    />
  );
}

/** What an e-value below the threshold means depends on where the topic ended. */
function useENote() {
  const { t } = useTranslation();
  return ({ log_e, place, standing, reason }: Judged, logThreshold: number) => {
    const threshold = eValue(logThreshold);
    if (log_e >= logThreshold)
      return reason
        ? t("signal.key.eGated", { threshold })
        : t("signal.key.eEnough", { threshold });
    if (place === "signal" && standing === "confirmed")
      return t("signal.key.eConfirmed", { threshold });
    return t("signal.key.eNot", { threshold });
  };
}
