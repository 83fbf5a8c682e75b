import { Code, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { ShareChart } from "@/charts/share-chart";
import { count, percent } from "@/format/numbers";
import { columnsOf, DataTable } from "@/ui/data-table";
import { Section } from "@/ui/section";
import { type Disputed, disputed } from "./problems";
import { type Ground, type Problems, problemsQuery } from "./queries";
import styles from "./studies.module.css";
import { StudyAnswer } from "./study-answer";

/** Which problems all, some or none of the runs solve. */
export function StudyProblems({ ground }: { ground: Ground }) {
  const { t } = useTranslation();
  const query = useQuery({ ...problemsQuery(ground), enabled: ground.isReady });
  return (
    <Section title={t("study.problems.title")} lead={t("study.problems.lead")}>
      <StudyAnswer label={t("study.problems.waiting")} query={query} height={320}>
        {(problems) => <Told problems={problems} />}
      </StudyAnswer>
    </Section>
  );
}

function Told({ problems }: { problems: Problems }) {
  const { t } = useTranslation();
  const { n, runs, always, never, flipping } = problems;
  const sentence = t("study.problems.sentence", {
    n: count(n),
    runs: count(runs),
    always: count(always),
    never: count(never),
    flipping: count(flipping),
  });
  const rows = disputed(problems);
  return (
    <>
      <Text mb="xs">{sentence}</Text>
      <ShareChart label={sentence} shares={problems.share} />
      {rows.length > 0 ? (
        <>
          <Title order={3} size="h5" mt="md" mb={4}>
            {t("study.problems.disputed")}
          </Title>
          <Table rows={rows} />
        </>
      ) : null}
    </>
  );
}

function Table({ rows }: { rows: Disputed[] }) {
  const { t } = useTranslation();
  const columns = useMemo(() => {
    const column = columnsOf<Disputed>();
    return column.columns([
      column.accessor("problem", {
        header: t("study.problems.problem"),
        cell: ({ row }) => <Code className={styles.key}>{row.original.problem}</Code>,
      }),
      column.accessor("share", {
        header: t("study.problems.share"),
        meta: { align: "right" },
        cell: ({ row }) => percent(row.original.share, 1),
      }),
    ]);
  }, [t]);
  return (
    <DataTable
      caption={t("study.problems.table")}
      columns={columns}
      rows={rows}
      rowId={(row) => row.problem}
    />
  );
}
