import { useQuery } from "@tanstack/react-query";
import { useParams, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { PATHS } from "@/app/paths";
import { TopicDecisions } from "@/features/decisions/topic-decisions";
import { Advice } from "@/features/recommendations/advice";
import { topicQuery } from "@/features/signals/queries";
import { TopicLead } from "@/features/signals/topic-lead";
import { TopicView } from "@/features/signals/topic-view";
import { SnapshotOfTopic } from "@/features/snapshots/snapshot-of-topic";
import { PageTitle } from "@/ui/page-title";
import { Question } from "@/ui/question";
import { SimulatedBanner } from "@/ui/simulated-banner";
import { VerdictBadge } from "@/ui/verdict-badge";

/** One topic, wherever it ended: signal, watch list or dropped. */
export function SignalPage() {
  const { t } = useTranslation();
  const { slug } = useParams({ from: PATHS.signal });
  const { snapshot: chosen, cursor, role } = useSearch({ from: PATHS.signal });
  const query = useQuery(topicQuery(slug, chosen));
  const topic = query.data;
  const judged = topic?.judged;
  return (
    <>
      <PageTitle
        title={judged?.name ?? topic?.name ?? slug}
        lead={judged ? <TopicLead judged={judged} /> : "\u00a0"}
        aside={judged ? <VerdictBadge verdict={judged.verdict} /> : undefined}
      />
      <SnapshotOfTopic chosen={chosen} snapshot={topic?.snapshot} />
      <Question label={t("signal.waiting")} query={query} height={900}>
        {(answered) => (
          <>
            {answered.snapshot.simulated ? <SimulatedBanner /> : null}
            <TopicView
              topic={answered}
              cursor={cursor}
              advice={
                <>
                  <Advice
                    recommendations={answered.recommendations}
                    role={role}
                    simulated={answered.snapshot.simulated}
                  />
                  <TopicDecisions
                    key={answered.slug}
                    topic={answered}
                    decisions={answered.decisions}
                  />
                </>
              }
            />
          </>
        )}
      </Question>
    </>
  );
}
