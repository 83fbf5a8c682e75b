import { count, percent } from "@/format/numbers";
import i18n from "@/i18n";
import { columnsOf } from "@/ui/data-table";
import type { Evaluation } from "./queries";
import { accuracy, counts, grader, problemSet } from "./run-columns";

const column = columnsOf<Evaluation>();

/** Of one run: every grading of every checkpoint on every problem set. */
export const JUDGED = column.columns([
  problemSet,
  column.accessor("split", {
    header: () => i18n.t("run.judged.split"),
    cell: ({ getValue }) => getValue<string | null>() ?? i18n.t("format.unknown"),
  }),
  column.accessor("step", {
    header: () => i18n.t("run.judged.step"),
    cell: ({ getValue }) => count(getValue<number | null>()),
    meta: { align: "right" },
  }),
  grader,
  accuracy,
  ...counts,
  column.accessor("headline", {
    header: () => i18n.t("run.judged.headline"),
    cell: ({ getValue }) => percent(getValue<number | null>(), 2),
    meta: { align: "right" },
  }),
  column.accessor("omitted", {
    header: () => i18n.t("run.judged.omitted"),
    cell: ({ getValue }) => count(getValue<number>()),
    meta: { align: "right" },
  }),
]);
