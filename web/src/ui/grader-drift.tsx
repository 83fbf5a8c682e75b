import { useTranslation } from "react-i18next";
import type { Shape } from "@/api/shapes";
import { count } from "@/format/numbers";

/** Where our grader and those of the logs disagree on the same answers; one line when they never do. */
export function GraderDrift({ drift }: { drift: Shape<"DriftOut">[] }) {
  const { t } = useTranslation();
  const apart = drift.filter((d) => d.disagreements > 0);
  const agreed = drift.filter((d) => d.disagreements === 0);
  const answers = agreed.reduce((sum, d) => sum + d.compared, 0);
  if (drift.length === 0) return t("run.drift.notCompared");
  return (
    <ul className="np-plain-list">
      {apart.map((d) => (
        <li key={`${d.run_id} ${d.problem_set} ${d.ours} ${d.theirs}`}>
          {t("run.drift.apart", {
            run: `r${d.run_id} ${d.run}`,
            ours: d.ours,
            theirs: d.theirs,
            disagreements: count(d.disagreements),
            compared: count(d.compared),
            ourRight: count(d.right_only_to_ours),
            theirRight: count(d.right_only_to_theirs),
          })}
        </li>
      ))}
      {agreed.length > 0 ? (
        <li>{t("run.drift.none", { count: agreed.length, answers: count(answers) })}</li>
      ) : null}
    </ul>
  );
}
