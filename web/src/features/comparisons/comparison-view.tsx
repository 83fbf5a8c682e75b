import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Empty, Question } from "@/ui/question";
import { ClaimForm } from "./claim-form";
import { ComparisonAnswer } from "./comparison-answer";
import { FlippedProblems } from "./flipped-problems";
import { PairPicker } from "./pair-picker";
import { type Asked, comparisonQuery, type FlippedFilters, type Said } from "./queries";

type ComparisonViewProps = Said &
  FlippedFilters & { first?: string | undefined; second?: string | undefined };

/** Two runs against each other: the choice, the claim, the verdict, and the problems that flipped. */
export function ComparisonView({ change, cursor, ...search }: ComparisonViewProps) {
  const { first, second } = search;
  return (
    <>
      <PairPicker first={first} second={second} />
      {first === undefined || second === undefined ? (
        <NotChosen one={first ?? second} />
      ) : (
        <Compared asked={{ ...search, first, second }} flipped={{ change, cursor }} />
      )}
    </>
  );
}

function NotChosen({ one }: { one: string | undefined }) {
  const { t } = useTranslation();
  return (
    <Empty
      title={one === undefined ? t("compare.empty.title") : t("compare.empty.oneTitle")}
      advice={t("compare.empty.advice")}
    />
  );
}

function Compared({ asked, flipped }: { asked: Asked; flipped: FlippedFilters }) {
  const { t } = useTranslation();
  const query = useQuery(comparisonQuery(asked));
  return (
    <>
      <ClaimForm asked={asked} />
      <Question label={t("compare.answer")} query={query} height={720}>
        {(comparison) => (
          <>
            <ComparisonAnswer comparison={comparison} />
            <FlippedProblems asked={asked} filters={flipped} comparison={comparison} />
          </>
        )}
      </Question>
    </>
  );
}
