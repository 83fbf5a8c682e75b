import { Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { ScorePlot, type ScoreRow } from "@/charts/score-plot";
import { count, percent, points, signedPoints } from "@/format/numbers";
import { columnsOf, DataTable } from "@/ui/data-table";
import { PageLink } from "@/ui/link";
import { Section } from "@/ui/section";
import {
  type Chosen,
  type Ground,
  type Selection,
  type Study,
  seedsQuery,
  selectionQuery,
} from "./queries";
import { StudyAnswer } from "./study-answer";

const SHOWN = 8;
type Candidate = Selection["candidates"][number];
type StudySelectionProps = { study: Study; ground: Ground };

/** Which seed is shipped, and what to expect of it beside what it scored. */
export function StudySelection({ study, ground }: StudySelectionProps) {
  const { t } = useTranslation();
  const chosen = chosenOf(study, ground);
  const query = useQuery({ ...selectionQuery(ground, chosen), enabled: ground.isReady });
  return (
    <Section title={t("study.selection.title")} lead={t("study.selection.lead")}>
      <StudyAnswer label={t("study.selection.waiting")} query={query} height={360}>
        {(selection) => <Choice study={study} ground={ground} selection={selection} />}
      </StudyAnswer>
    </Section>
  );
}

/** As the last selection was made; before there is one, the best of all at the checkpoint looked at. */
export function chosenOf(study: Study, { view }: Pick<Ground, "view">): Chosen {
  const last = study.selections.at(-1);
  if (last === undefined) return { step: view.step };
  const { arm, step } = last.rule as { arm?: string | null; step?: number | null };
  return { arm: arm ?? undefined, step: step ?? undefined, top_k: last.run_ids.length };
}

type ChoiceProps = { study: Study; ground: Ground; selection: Selection };

function Choice({ study, ground, selection }: ChoiceProps) {
  const { t } = useTranslation();
  const { candidates, honest, curse, observed, setting, n } = selection;
  const [best] = candidates;
  const tested = useTestOf(study, ground, selection);
  if (best === undefined) return null;
  const split = setting.split ?? t("format.unknown");
  const rows: ScoreRow[] = [
    { label: t("study.selection.observed", { split }), point: observed, low: null, high: null },
  ];
  if (honest)
    rows.push({
      label: t("study.selection.honest"),
      point: honest.point,
      low: honest.low,
      high: honest.high,
      marked: true,
    });
  if (tested !== null)
    rows.push({ label: t("study.selection.tested"), point: tested, low: null, high: null });
  return (
    <>
      <Text mb="xs" maw="75ch">
        {study.selections.length > 0
          ? t("study.selection.recorded", { run: best.run, n: count(candidates.length) })
          : t("study.selection.preview", { run: best.run, n: count(candidates.length) })}{" "}
        {t("study.selection.scored", {
          observed: percent(observed, 2),
          split,
          problems: count(n),
        })}{" "}
        {honest
          ? t("study.selection.expect", {
              point: percent(honest.point, 2),
              low: percent(honest.low, 2),
              high: percent(honest.high, 2),
            })
          : null}{" "}
        {curse
          ? t("study.selection.curse", {
              point: points(curse.point),
              low: signedPoints(curse.low),
              high: signedPoints(curse.high),
            })
          : null}
      </Text>
      {selection.same_problems ? (
        <Text size="sm" mb="xs">
          {t("study.selection.sameProblems")}
        </Text>
      ) : null}
      <ScorePlot label={t("study.selection.chart", { run: best.run })} rows={rows} />
      <Candidates
        candidates={candidates}
        chosen={selection.top_k}
        isRecorded={study.selections.length > 0}
      />
    </>
  );
}

/** What the opened test says of the first that was recorded; null while it is closed. */
function useTestOf(study: Study, ground: Ground, selection: Selection): number | null {
  const open = study.sealed_split !== null && !study.sealed && study.selections.length > 0;
  const view = {
    split: study.sealed_split ?? undefined,
    step: selection.setting.step ?? undefined,
  };
  const { data } = useQuery({ ...seedsQuery({ ...ground, view }), enabled: open });
  const first = study.selections.at(-1)?.run_ids[0];
  if (!open || first === undefined || first !== selection.candidates[0]?.run_id) return null;
  const seeds = data?.arms.flatMap((arm) => arm.seeds) ?? [];
  return seeds.find(({ run_id }) => run_id === first)?.accuracy ?? null;
}

type CandidatesProps = { candidates: Candidate[]; chosen: number; isRecorded: boolean };

function Candidates({ candidates, chosen, isRecorded }: CandidatesProps) {
  const { t } = useTranslation();
  const columns = useMemo(() => {
    const column = columnsOf<Candidate>();
    return column.columns([
      column.accessor("place", {
        header: t("study.selection.place"),
        meta: { align: "right" },
        cell: ({ row: { original } }) =>
          original.tied
            ? t("study.selection.tied", { place: count(original.place) })
            : count(original.place),
      }),
      column.accessor("run", {
        header: t("study.selection.run"),
        cell: ({ row: { original } }) =>
          original.run_id === null ? (
            original.run
          ) : (
            <PageLink to="/runs/$reference" params={{ reference: `r${original.run_id}` }}>
              {original.run}
            </PageLink>
          ),
      }),
      column.accessor("accuracy", {
        header: t("study.selection.accuracy"),
        meta: { align: "right" },
        cell: ({ row }) => percent(row.original.accuracy, 2),
      }),
      column.display({
        id: "chosen",
        header: isRecorded ? t("study.selection.chosen") : t("study.selection.wouldBe"),
        cell: ({ row: { original } }) =>
          candidates.indexOf(original) < chosen ? t("study.selection.yes") : "",
      }),
    ]);
  }, [t, candidates, chosen, isRecorded]);
  const shown = Math.max(SHOWN, chosen);
  return (
    <>
      <DataTable
        caption={t("study.selection.table")}
        columns={columns}
        rows={candidates.slice(0, shown)}
        rowId={(row) => row.run}
      />
      {candidates.length > shown ? (
        <Text size="sm" c="dimmed" mt={4}>
          {t("study.selection.more", { n: count(candidates.length - shown) })}
        </Text>
      ) : null}
    </>
  );
}
