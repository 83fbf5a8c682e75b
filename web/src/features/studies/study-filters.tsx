import { useTranslation } from "react-i18next";
import { count } from "@/format/numbers";
import { FilterSelect, Filters } from "@/ui/filters";
import { onSplit, splitOf, stepsOf } from "./course";
import type { Course, Study, View } from "./queries";

type StudyFiltersProps = { study: Study; view: View; course: Course | undefined };

/** Which split and which checkpoint everything below is about. */
export function StudyFilters({ study, view, course }: StudyFiltersProps) {
  const { t } = useTranslation();
  const steps = stepsOf(onSplit(course?.points ?? [], splitOf(study, view)));
  const usual = splitOf(study, {});
  return (
    <Filters>
      <FilterSelect
        label={t("study.filter.split")}
        name="split"
        value={view.split}
        anyLabel={usual ? t("study.filter.usual", { split: usual }) : t("study.filter.choose")}
        options={study.splits.map((split) => ({
          value: split,
          label:
            study.sealed && split === study.sealed_split
              ? t("study.filter.sealed", { split })
              : split,
        }))}
      />
      <FilterSelect
        label={t("study.filter.step")}
        name="step"
        value={view.step === undefined ? undefined : String(view.step)}
        anyLabel={t("study.filter.last")}
        options={steps.map((step) => ({ value: String(step), label: count(step) }))}
      />
    </Filters>
  );
}
