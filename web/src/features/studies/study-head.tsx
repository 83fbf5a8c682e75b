import { Code, Progress, Stack, Text } from "@mantine/core";
import { Lock, LockOpen } from "lucide-react";
import { Fragment, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { day } from "@/format/dates";
import { count, percent } from "@/format/numbers";
import { useWord } from "@/i18n/words";
import { CopyableCommand } from "@/ui/copyable-command";
import { PageLink } from "@/ui/link";
import { plannedOf } from "./planned";
import { isUnfinished, type Study } from "./queries";
import styles from "./studies.module.css";

/** What the study set out to do, how far it is, and how its test was used. */
export function StudyHead({ study }: { study: Study }) {
  return (
    <>
      {study.progress ? <HowFar study={study} progress={study.progress} /> : null}
      <Facts study={study} />
      <Seal study={study} />
    </>
  );
}

type HowFarProps = { study: Study; progress: NonNullable<Study["progress"]> };

function HowFar({ study, progress }: HowFarProps) {
  const { t } = useTranslation();
  const word = useWord();
  const { done, planned, unfinished } = progress;
  const told = { done: count(done), planned: count(planned) };
  return (
    <section aria-label={t("study.progress.title")} className={styles.progress}>
      <Text fw={600} className="np-numbers">
        {isUnfinished(study) ? t("study.progress.running", told) : t("study.progress.done", told)}
      </Text>
      <Progress
        value={planned > 0 ? (100 * done) / planned : 100}
        size="lg"
        mt={6}
        aria-label={t("study.progress.bar", { share: percent(done / Math.max(1, planned), 0) })}
      />
      {isUnfinished(study) ? (
        <Text size="sm" c="dimmed" mt={4}>
          {t("study.progress.asked")}
        </Text>
      ) : null}
      {unfinished.length > 0 ? (
        <details className={styles.unfinished}>
          <summary>{t("study.progress.unfinished", { count: unfinished.length })}</summary>
          <ul>
            {unfinished.map(([run, ending, told]) => (
              <li key={run}>
                {t("study.progress.ended", { run, ending: word("ending", ending) })}
                {told ? <Code block>{told}</Code> : null}
              </li>
            ))}
          </ul>
        </details>
      ) : null}
    </section>
  );
}

function Facts({ study }: { study: Study }) {
  const { t } = useTranslation();
  const word = useWord();
  const { seeds, steps } = plannedOf(study);
  return (
    <dl className={styles.facts}>
      <Fact name={t("study.facts.origin")}>{word("origin", study.origin)}</Fact>
      <Fact name={t("study.facts.arms")}>{study.arms.join(", ")}</Fact>
      <Fact name={t("study.facts.runs")}>
        <PageLink to="/runs" search={{ q: study.name }}>
          {seeds === null
            ? count(study.runs)
            : t("study.facts.runsOf", { runs: count(study.runs), seeds: count(seeds) })}
        </PageLink>
      </Fact>
      {steps.length > 0 ? (
        <Fact name={t("study.facts.steps")}>{steps.map((step) => count(step)).join("; ")}</Fact>
      ) : null}
      <Fact name={t("study.facts.recorded")}>{day(study.created_at)}</Fact>
      <Fact name={t("study.facts.plan")}>
        <Code className={styles.hash}>{study.plan_hash}</Code>
      </Fact>
    </dl>
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

function Seal({ study }: { study: Study }) {
  const { t } = useTranslation();
  const { sealed, sealed_split: split, provenance, selections, looks } = study;
  const Icon = sealed ? Lock : LockOpen;
  return (
    <section aria-label={t("study.seal.title")} className={styles.seal}>
      <Icon size={18} aria-hidden />
      <Stack gap={4} align="flex-start" miw={0}>
        <Text fw={600}>
          {sealed
            ? t("study.seal.sealed", { split })
            : split === null
              ? t("study.seal.never")
              : t("study.seal.open", { split })}
        </Text>
        {provenance ? (
          <Text size="sm" className={styles.sentence}>
            {provenance}
          </Text>
        ) : null}
        {sealed ? (
          <>
            <Text size="sm">{t("study.seal.opens")}</Text>
            <CopyableCommand command={`nophantom select ${study.reference}`} />
          </>
        ) : null}
        {selections.map((chosen) => (
          <Text size="sm" key={chosen.number}>
            {t("study.seal.selection", { number: chosen.number, day: day(chosen.made_at) })}{" "}
            {chosen.run_ids.map((id, index) => (
              <Fragment key={id}>
                {index > 0 ? ", " : null}
                <PageLink to="/runs/$reference" params={{ reference: `r${id}` }} underline="always">
                  r{id}
                </PageLink>
              </Fragment>
            ))}
            {chosen.after_test ? ` (${t("study.seal.afterTest")})` : null}
          </Text>
        ))}
        {looks.map((look) => (
          <Text size="sm" key={look.made_at}>
            {t("study.seal.look", { day: day(look.made_at), reason: look.reason })}
          </Text>
        ))}
      </Stack>
    </section>
  );
}
