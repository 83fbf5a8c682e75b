import { Button, Text } from "@mantine/core";
import { useThrottledValue } from "@mantine/hooks";
import { type UseQueryResult, useQuery } from "@tanstack/react-query";
import { FileText } from "lucide-react";
import { useTranslation } from "react-i18next";
import { ApiProblem } from "@/api/problem";
import { Question } from "@/ui/question";
import { SimulatedBanner } from "@/ui/simulated-banner";
import { asksForSealed, onSplit, readyAt, splitOf } from "./course";
import { partsOf } from "./planned";
import {
  type Course,
  courseQuery,
  type Ground,
  isUnfinished,
  reportAddress,
  type Study,
  seedsQuery,
  type View,
} from "./queries";
import { SealedNote, TooEarly } from "./study-answer";
import { StudyArms, StudyClaims } from "./study-arms";
import { StudyCourse } from "./study-course";
import { StudyFactors } from "./study-factors";
import { StudyFilters } from "./study-filters";
import { StudyHead } from "./study-head";
import { StudyProbes, StudyRouting } from "./study-lab";
import { StudyProblems } from "./study-problems";
import { StudySeeds } from "./study-seeds";
import { StudySelection } from "./study-selection";
import { StudyVote } from "./study-vote";

const AGAIN_MS = 30_000;

type StudyViewProps = { study: Study; view: View };

/** Everything that a study answers, as far as it is; what comes in while it runs appears by itself. */
export function StudyView({ study, view }: StudyViewProps) {
  const { t } = useTranslation();
  const query = useQuery(courseQuery(study));
  const found = groundOf(study, view, query);
  // Answers cost the machine that may be training: while it does, they are asked again now and then only.
  const ready = useThrottledValue(found.ready, isUnfinished(study) ? AGAIN_MS : 0);
  const ground = { ...found, ready };
  return (
    <>
      {study.simulated ? <SimulatedBanner /> : null}
      <StudyHead study={study} />
      <Button
        component="a"
        href={reportAddress(study)}
        variant="default"
        leftSection={<FileText size={16} aria-hidden />}
        mb="lg"
      >
        {t("study.report")}
      </Button>
      <StudyFilters study={study} view={view} course={query.data} />
      {asksForSealed(study, view) ? (
        <Sealed study={study} ground={ground} />
      ) : study.splits.length > 1 && splitOf(study, view) === undefined ? (
        <Text>{t("study.choose")}</Text>
      ) : (
        <>
          <StudyClaims study={study} ground={ground} />
          <StudyCourse study={study} view={view} query={query} />
          {ground.isEarly ? <TooEarly /> : <Answers study={study} ground={ground} />}
        </>
      )}
    </>
  );
}

function Answers({ study, ground }: { study: Study; ground: Ground }) {
  const { factors, lab } = partsOf(study);
  return (
    <>
      <StudySeeds study={study} ground={ground} />
      <StudySelection study={study} ground={ground} />
      <StudyVote study={study} ground={ground} />
      {factors ? <StudyFactors ground={ground} /> : null}
      <StudyArms study={study} ground={ground} />
      <StudyProblems ground={ground} />
      {lab ? (
        <>
          <StudyProbes ground={ground} />
          <StudyRouting ground={ground} />
        </>
      ) : null}
    </>
  );
}

/** Questions wait until all runs that have begun share a checkpoint; should that not be known, they are asked. */
function groundOf(study: Study, view: View, { data, isError }: UseQueryResult<Course>): Ground {
  const points = onSplit(data?.points ?? [], splitOf(study, view));
  const ready = readyAt(points, view.step);
  return {
    reference: study.reference,
    view,
    ready: ready ? `${ready.runs} at ${ready.step}` : "none",
    isReady: ready !== undefined || isError,
    isEarly: data !== undefined && ready === undefined,
    runs: ready?.runs ?? study.runs,
  };
}

/** The server refuses, and says why and what to do: nothing else is asked. */
function Sealed({ study, ground }: { study: Study; ground: Ground }) {
  const { t } = useTranslation();
  const query = useQuery(seedsQuery(ground));
  const { error } = query;
  if (error instanceof ApiProblem && error.code === "sealed")
    return <SealedNote reference={study.reference} message={error.message} />;
  return (
    <Question label={t("study.sealed.waiting")} query={query} height={120}>
      {() => null}
    </Question>
  );
}
