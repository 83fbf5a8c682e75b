import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { count, percent } from "@/format/numbers";
import { type Recommendation, trackRecordQuery } from "./queries";
import { Fact } from "./recommendation-view";

/** How often the rule was right before, for this role. */
export function TrackRecord({ of, simulated }: { of: Recommendation; simulated: boolean }) {
  const { t } = useTranslation();
  const { data } = useQuery(trackRecordQuery(simulated));
  const track = data?.items.find(({ rule, role }) => rule === of.rule && role === of.role);
  if (track === undefined) return null;
  const { given, held, failed, unknown, waiting, share } = track;
  return (
    <Fact name={t("advice.track")}>
      {t("advice.tracked", {
        given: count(given),
        held: count(held),
        failed: count(failed),
        unknown: count(unknown),
        waiting: count(waiting),
      })}{" "}
      {share
        ? t("advice.share", {
            share: percent(share.point, 0),
            confidence: percent(share.confidence, 0),
            low: percent(share.low, 0),
            high: percent(share.high, 0),
          })
        : t("advice.noShare")}
    </Fact>
  );
}
