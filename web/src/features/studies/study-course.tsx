import { Text } from "@mantine/core";
import type { UseQueryResult } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { CourseChart } from "@/charts/course-chart";
import { NumbersTable } from "@/charts/numbers-table";
import { count, percent } from "@/format/numbers";
import { Question } from "@/ui/question";
import { Section } from "@/ui/section";
import { courseArms, courseRows, onSplit, splitOf, stepsOf } from "./course";
import { plannedOf } from "./planned";
import type { Course, Study, View } from "./queries";

type StudyCourseProps = { study: Study; view: View; query: UseQueryResult<Course> };

/** Learning curves: what fills up while a study runs. */
export function StudyCourse({ study, view, query }: StudyCourseProps) {
  const { t } = useTranslation();
  const split = splitOf(study, view);
  return (
    <Section
      title={t("study.course.title")}
      lead={split ? t("study.course.lead", { split }) : t("study.course.leadAll")}
    >
      <Question label={t("study.course.waiting")} query={query} height={280}>
        {(course) => <Curves study={study} course={course} split={split} />}
      </Question>
    </Section>
  );
}

type CurvesProps = { study: Study; course: Course; split: string | undefined };

function Curves({ study, course, split }: CurvesProps) {
  const { t } = useTranslation();
  const points = onSplit(course.points, split);
  const arms = courseArms(points, study.arms);
  if (points.length === 0)
    return (
      <Text>
        {course.withheld > 0
          ? t("study.course.withheld", { count: course.withheld })
          : t("study.course.nothing")}
      </Text>
    );
  if (stepsOf(points).length === 0) return <Text>{t("study.course.noSteps")}</Text>;
  const label = t("study.course.chart", { name: study.name });
  return (
    <>
      <CourseChart label={label} arms={arms} planned={plannedOf(study).steps} />
      <NumbersTable
        label={label}
        head={[
          t("study.course.where"),
          t("study.course.seeds"),
          t("study.course.mean"),
          t("study.course.lowest"),
          t("study.course.highest"),
        ]}
        rows={courseRows(points, study.arms).map((row) => [
          t("study.course.at", { arm: row.arm, step: count(row.step) }),
          count(row.seeds),
          percent(row.mean, 2),
          percent(row.lowest, 2),
          percent(row.highest, 2),
        ])}
      />
    </>
  );
}
