import { Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { count, percent } from "@/format/numbers";
import { rightOf } from "@/format/remarks";
import { columnsOf, DataTable } from "@/ui/data-table";
import { PageLink } from "@/ui/link";
import { Question } from "@/ui/question";
import { SimulatedBanner } from "@/ui/simulated-banner";
import styles from "./best-runs.module.css";
import { bestRunsQuery, type Evaluation } from "./queries";
import { missingFrom, rivalOf } from "./rivals";

/** The best measured runs, and for each the comparison that says whether that is real. */
export function BestRuns() {
  const { t } = useTranslation();
  const query = useQuery(bestRunsQuery());
  return (
    <Question
      label={t("overview.runs.waiting")}
      query={query}
      height={260}
      isEmpty={(page) => page.items.length === 0}
      empty={{
        title: t("overview.runs.empty"),
        advice: t("overview.runs.emptyAdvice"),
        command: "nophantom logs import DIR",
      }}
    >
      {(page) => (
        <>
          {page.items.some((run) => run.simulated) ? <SimulatedBanner /> : null}
          <Text size="sm" c="dimmed" mb="sm" maw="75ch">
            {t("overview.runs.note")}
          </Text>
          <RunsTable rows={page.items} />
          <Text mt="sm">
            <PageLink to="/runs">{t("overview.runs.all")}</PageLink>
          </Text>
        </>
      )}
    </Question>
  );
}

function RunsTable({ rows }: { rows: Evaluation[] }) {
  const { t } = useTranslation();
  const columns = useMemo(() => {
    const column = columnsOf<Evaluation>();
    return column.columns([
      column.accessor("run", {
        header: t("overview.runs.run"),
        cell: ({ row }) => <Name run={row.original} />,
      }),
      column.accessor("problem_set", {
        header: t("overview.runs.problems"),
        cell: ({ row: { original } }) =>
          [original.problem_set, original.split].filter(Boolean).join(", "),
      }),
      column.accessor("accuracy", {
        header: t("overview.runs.accuracy"),
        meta: { align: "right" },
        cell: ({ row }) => <strong>{percent(row.original.accuracy)}</strong>,
      }),
      column.accessor("right", {
        header: t("overview.runs.right"),
        meta: { align: "right" },
        cell: ({ row: { original } }) => rightOf(original.right, original.scored),
      }),
      column.display({
        id: "compare",
        header: t("overview.runs.compare"),
        cell: ({ row }) => <CompareLink run={row.original} rival={rivalOf(row.original, rows)} />,
      }),
    ]);
  }, [rows, t]);
  return (
    <DataTable
      caption={t("overview.runs.best")}
      columns={columns}
      rows={rows}
      rowId={(row) => String(row.evaluation_id)}
    />
  );
}

function Name({ run }: { run: Evaluation }) {
  const { t } = useTranslation();
  const missing = missingFrom(run);
  return (
    <div className={styles.name}>
      {run.run}
      {missing ? (
        <span className={styles.note}>
          {t("overview.runs.incomplete", {
            held: count(missing.held),
            declared: count(missing.declared),
          })}
        </span>
      ) : null}
      {run.simulated ? <span className={styles.note}>{t("overview.runs.simulated")}</span> : null}
    </div>
  );
}

function CompareLink({ run, rival }: { run: Evaluation; rival: Evaluation | null }) {
  const { t } = useTranslation();
  if (rival === null) return "–";
  const [first, second] = [run.reference, rival.reference];
  return (
    <PageLink
      to="/compare"
      search={{ first, second }}
      aria-label={t("overview.runs.compareLabel", { first: run.run, second: rival.run })}
    >
      {t("overview.runs.compareWith", { reference: second })}
    </PageLink>
  );
}
