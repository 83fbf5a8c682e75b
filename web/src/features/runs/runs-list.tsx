import { Switch } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { DataTable } from "@/ui/data-table";
import { FilterSelect, Filters, SearchBox } from "@/ui/filters";
import { Pager } from "@/ui/pager";
import { type Emptiness, Question } from "@/ui/question";
import { usePatchSearch } from "@/ui/search-params";
import { SimulatedBanner } from "@/ui/simulated-banner";
import { type Choice, toggled } from "./choice";
import { ChoosingContext } from "./choosing";
import { ChosenRuns } from "./chosen-runs";
import { type Evaluation, evaluationsQuery, problemSetsQuery, type RunFilters } from "./queries";
import { EVERY_GRADING, SPEAKING } from "./run-columns";

const HEIGHT = 480;

/** The evaluations of the ledger, page by page; two of their runs can be chosen and compared. */
export function RunsList({ filters, choice }: { filters: RunFilters; choice: Choice }) {
  const { t } = useTranslation();
  const patch = usePatchSearch();
  const query = useQuery(evaluationsQuery(filters));
  const empty = useEmptiness(filters);
  const onToggle = (reference: string) =>
    void patch(toggled(choice, reference), { replace: true, samePage: true });
  return (
    <ChoosingContext value={{ choice, onToggle }}>
      <RunFilterRow filters={filters} />
      <ChosenRuns choice={choice} onToggle={onToggle} />
      <Question
        label={t("runs.title")}
        query={query}
        height={HEIGHT}
        isEmpty={({ items }) => items.length === 0}
        empty={empty}
      >
        {(page) => (
          <>
            <Simulated rows={page.items} />
            <DataTable
              caption={t("runs.table")}
              columns={filters.gradings === "all" ? EVERY_GRADING : SPEAKING}
              rows={page.items}
              rowId={(row) => String(row.evaluation_id)}
              sort={filters.sort ?? "id"}
              onSort={(sort) => void patch({ sort })}
            />
            <Pager page={page} cursor={filters.cursor} />
          </>
        )}
      </Question>
    </ChoosingContext>
  );
}

function RunFilterRow({ filters }: { filters: RunFilters }) {
  const { t } = useTranslation();
  const patch = usePatchSearch();
  const { data: known = [] } = useQuery(problemSetsQuery());
  const { problem_set: chosen, gradings } = filters;
  const names = chosen === undefined || known.includes(chosen) ? known : [chosen, ...known];
  return (
    <Filters>
      <SearchBox label={t("runs.filter.search")} value={filters.q} />
      <FilterSelect
        label={t("runs.filter.problemSet")}
        name="problem_set"
        value={chosen}
        options={names.map((name) => ({ value: name, label: name }))}
      />
      <Switch
        label={t("runs.filter.gradings")}
        checked={gradings === "all"}
        onChange={(event) =>
          void patch({ gradings: event.currentTarget.checked ? "all" : undefined })
        }
        pb={8}
      />
    </Filters>
  );
}

function Simulated({ rows }: { rows: Evaluation[] }) {
  const { t } = useTranslation();
  if (!rows.some((row) => row.simulated)) return null;
  return rows.every((row) => row.simulated) ? (
    <SimulatedBanner />
  ) : (
    <SimulatedBanner note={t("runs.someSimulated")} />
  );
}

function useEmptiness({ q, problem_set }: RunFilters): Emptiness {
  const { t } = useTranslation();
  if (q || problem_set)
    return { title: t("runs.noneFits.title"), advice: t("runs.noneFits.advice") };
  return {
    title: t("runs.none.title"),
    advice: t("runs.none.advice"),
    command: "nophantom logs import DIR",
  };
}
