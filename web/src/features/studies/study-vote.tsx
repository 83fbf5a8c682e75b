import { Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { NumbersTable } from "@/charts/numbers-table";
import { VoteChart } from "@/charts/vote-chart";
import { count, percent, points, signedPoints } from "@/format/numbers";
import { Section } from "@/ui/section";
import { VerdictBadge } from "@/ui/verdict-badge";
import { type Ground, type Study, type Vote, voteQuery } from "./queries";
import { StudyAnswer } from "./study-answer";
import { chosenOf } from "./study-selection";

const USUAL = 3;
type StudyVoteProps = { study: Study; ground: Ground };

/** What a vote of the best runs brings over the best alone, and how that goes on with more of them. */
export function StudyVote({ study, ground }: StudyVoteProps) {
  const { t } = useTranslation();
  const { arm } = chosenOf(study, ground);
  const k = Math.min(USUAL, ground.runs);
  const query = useQuery({
    ...voteQuery(ground, k, arm),
    enabled: ground.isReady && ground.runs > 1,
  });
  return (
    <Section title={t("study.vote.title")} lead={t("study.vote.lead")}>
      {ground.isReady && ground.runs < 2 ? (
        <Text>{t("study.vote.alone")}</Text>
      ) : (
        <StudyAnswer label={t("study.vote.waiting")} query={query} height={300}>
          {(vote) => <Told vote={vote} arm={arm} />}
        </StudyAnswer>
      )}
    </Section>
  );
}

function Told({ vote, arm }: { vote: Vote; arm: string | undefined }) {
  const { t } = useTranslation();
  const { k, accuracy, finding, ruling, best_single: best, alike, curve } = vote;
  const label = t("study.vote.chart", { n: count(curve.length) });
  return (
    <>
      <Text mb="xs" maw="75ch">
        <VerdictBadge verdict={ruling.verdict} />{" "}
        {t(vote.ranked_on === null ? "study.vote.unrankedSentence" : "study.vote.sentence", {
          k: count(k),
          of: arm ? t("study.vote.ofArm", { arm }) : t("study.vote.ofAll"),
          accuracy: percent(accuracy.point, 2),
          gain: points(finding.estimate.point),
          low: signedPoints(finding.estimate.low),
          high: signedPoints(finding.estimate.high),
          best,
        })}
      </Text>
      <Text size="sm" mb="xs" maw="75ch">
        {t("study.vote.details", {
          rule: vote.rule,
          ranked: vote.ranked_on ?? t("study.vote.nothing"),
          cost: count(vote.cost),
          oracle: percent(alike.oracle, 2),
        })}
      </Text>
      <VoteChart
        label={label}
        k={k}
        curve={curve.map(({ point, low, high }, index) => ({
          x: index + 1,
          score: point,
          low,
          high,
        }))}
      />
      <NumbersTable
        label={label}
        head={[t("study.vote.members"), t("study.vote.accuracy"), t("study.vote.interval")]}
        rows={curve.map(({ point, low, high }, index) => [
          count(index + 1),
          percent(point, 2),
          t("study.vote.range", { low: percent(low, 2), high: percent(high, 2) }),
        ])}
      />
    </>
  );
}
