import { Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { ArrowLeftRight } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { runQuery } from "@/api/run-query";
import type { Shape } from "@/api/shapes";
import { day } from "@/format/dates";
import { count } from "@/format/numbers";
import { useWord } from "@/i18n/words";
import { DataTable } from "@/ui/data-table";
import { GraderDrift } from "@/ui/grader-drift";
import { ButtonLink, PageLink } from "@/ui/link";
import { Question } from "@/ui/question";
import { SimulatedBanner } from "@/ui/simulated-banner";
import { JUDGED } from "./judged-columns";
import styles from "./runs.module.css";

type Run = Shape<"RunDetailOut">;

/** One run: what it is, how every grader judged it, and where they disagree. */
export function RunDetails({ reference }: { reference: string }) {
  const { t } = useTranslation();
  const query = useQuery(runQuery(reference));
  return (
    <Question label={t("run.label", { reference })} query={query} height={420}>
      {(run) => <Told run={run} />}
    </Question>
  );
}

function Told({ run }: { run: Run }) {
  const { t } = useTranslation();
  return (
    <>
      {run.simulated ? <SimulatedBanner /> : null}
      <Facts run={run} />
      <ButtonLink
        to="/compare"
        search={{ first: run.reference }}
        leftSection={<ArrowLeftRight size={16} aria-hidden />}
        mb="lg"
      >
        {t("run.compare")}
      </ButtonLink>
      <Title order={2} size="h4" mb="xs">
        {t("run.judged.title")}
      </Title>
      {run.judged.length === 0 ? (
        <Text>{t("run.judged.none")}</Text>
      ) : (
        <DataTable
          caption={t("run.judged.table", { reference: run.reference })}
          columns={JUDGED}
          rows={run.judged}
          rowId={(row) => String(row.evaluation_id)}
        />
      )}
      <Title order={2} size="h4" mt="lg" mb="xs">
        {t("run.drift.title")}
      </Title>
      <Text c="dimmed" size="sm" maw="75ch" mb="xs">
        {t("run.drift.lead")}
      </Text>
      <Text component="div" size="sm">
        <GraderDrift drift={run.grader_drift} />
      </Text>
    </>
  );
}

function Facts({ run }: { run: Run }) {
  const { t } = useTranslation();
  const word = useWord();
  const logs = [...new Set(run.judged.map((e) => e.log).filter((log) => log !== null))];
  const imported = run.framework !== null;
  return (
    <dl className={styles.facts}>
      <Fact name={t("run.facts.model")}>{run.model}</Fact>
      {imported && run.framework ? (
        <Fact name={t("run.facts.framework")}>{word("framework", run.framework)}</Fact>
      ) : null}
      {run.study === null ? null : (
        <Fact name={t("run.facts.study")}>
          <StudyLink name={run.study} />
        </Fact>
      )}
      {run.arm === null ? null : <Fact name={t("run.facts.arm")}>{run.arm}</Fact>}
      <Fact name={t("run.facts.seed")}>
        {run.seed === null ? t("format.unknown") : String(run.seed)}
      </Fact>
      {logs.map((log) => (
        <Fact key={log} name={t("run.facts.log")}>
          {log}
        </Fact>
      ))}
      <Fact name={t("run.facts.recorded")}>{day(run.created_at)}</Fact>
      <Fact name={t("run.facts.evaluations")}>{count(run.evaluations)}</Fact>
    </dl>
  );
}

/** To the page of the study; a slash in its name would be another address. */
function StudyLink({ name }: { name: string }) {
  if (name.includes("/")) return name;
  return (
    <PageLink to="/studies/$reference" params={{ reference: name }}>
      {name}
    </PageLink>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  );
}
