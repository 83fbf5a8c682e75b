import { Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { count } from "@/format/numbers";
import { FilterSelect, Filters } from "@/ui/filters";
import { Pager } from "@/ui/pager";
import { Empty, Question } from "@/ui/question";
import styles from "./comparisons.module.css";
import { FlippedProblem } from "./flipped-problem";
import { type Asked, type Comparison, type FlippedFilters, flippedQuery } from "./queries";

type FlippedProblemsProps = { asked: Asked; filters: FlippedFilters; comparison: Comparison };

/** The problems that one of the two scores higher on, with both answers side by side. */
export function FlippedProblems(props: FlippedProblemsProps) {
  const { t } = useTranslation();
  const { gained, lost } = props.comparison;
  if (gained + lost > 0) return <FlippedList {...props} />;
  return <Empty title={t("compare.flipped.none")} advice={t("compare.flipped.noneAdvice")} />;
}

function FlippedList({ asked, filters, comparison }: FlippedProblemsProps) {
  const { t } = useTranslation();
  const query = useQuery(flippedQuery(asked, filters));
  const title = useBeginning(filters.cursor);
  const { gained, lost } = comparison;
  return (
    <>
      <Title order={2} size="h4" mt="xl" mb={4} ref={title} className={styles.flippedTitle}>
        {t("compare.flipped.title")}
      </Title>
      <Text c="dimmed" size="sm" maw="75ch" mb="sm">
        {t("compare.flipped.lead")}
      </Text>
      <Filters>
        <FilterSelect
          label={t("compare.flipped.filter")}
          name="change"
          value={filters.change}
          anyLabel={t("compare.flipped.all", { n: count(gained + lost) })}
          options={[
            { value: "gained", label: t("compare.flipped.gained", { n: count(gained) }) },
            { value: "lost", label: t("compare.flipped.lost", { n: count(lost) }) },
          ]}
        />
      </Filters>
      <Question
        label={t("compare.flipped.title")}
        query={query}
        height={900}
        isEmpty={({ items }) => items.length === 0}
        empty={{ title: t("compare.flipped.noneSuch") }}
      >
        {(page) => (
          <>
            <Stack gap="md">
              {page.items.map((problem) => (
                <FlippedProblem key={problem.problem} problem={problem} comparison={comparison} />
              ))}
            </Stack>
            <Pager page={page} cursor={filters.cursor} keepPlace />
          </>
        )}
      </Question>
    </>
  );
}

/** Another page of problems is read from its beginning: its title comes into sight. */
function useBeginning(cursor: string | undefined) {
  const title = useRef<HTMLHeadingElement>(null);
  const shown = useRef(cursor);
  useEffect(() => {
    if (shown.current === cursor) return;
    shown.current = cursor;
    title.current?.scrollIntoView({ block: "start" });
  }, [cursor]);
  return title;
}
