import { Alert, Text } from "@mantine/core";
import { TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { DaysChart } from "@/charts/days-chart";
import { day, moment, relative } from "@/format/dates";
import { count, percent } from "@/format/numbers";
import { useWord, valuesOf } from "@/i18n/words";
import { CopyableCommand } from "@/ui/copyable-command";
import { ExternalLink } from "@/ui/external-link";
import { PageLink } from "@/ui/link";
import { Section } from "@/ui/section";
import { Stat, Stats } from "@/ui/stat";
import type { SourceDetail } from "./queries";
import styles from "./sources.module.css";
import { Visits } from "./visits";

type SourceViewProps = { source: SourceDetail; cursor: string | undefined };

/** One source: how it is and why, its last month, its visits. */
export function SourceView({ source, cursor }: SourceViewProps) {
  const { t } = useTranslation();
  return (
    <>
      <Why source={source} />
      <KeyNumbers source={source} />
      <Section title={t("source.days.title")}>
        {source.visits === 0 ? (
          <Text>{t("source.days.none", { first: day(source.first) })}</Text>
        ) : (
          <DaysChart label={t("source.days.label", { name: source.name })} days={source.days} />
        )}
      </Section>
      <Troubles source={source} />
      <Drops source={source} />
      <Visits number={source.id} cursor={cursor} />
      <Facts source={source} />
      <Section title={t("source.do.title")} lead={t("source.do.lead")}>
        <CopyableCommand command={`nophantom sources check ${source.id}`} />
        <CopyableCommand
          command={
            source.state === "active"
              ? `nophantom sources disable ${source.id} --why "..."`
              : `nophantom sources enable ${source.id}`
          }
        />
      </Section>
    </>
  );
}

/** Why it is not visited, or not well; nothing where all is well. */
function Why({ source }: { source: SourceDetail }) {
  const { t } = useTranslation();
  const why = source.state === "active" ? source.degraded : source.state_why;
  if (why === null) return null;
  return (
    <Alert
      role="note"
      color={source.state === "active" ? "orange" : "gray"}
      mb="md"
      icon={<TriangleAlert aria-hidden />}
      title={source.state === "active" ? t("source.degraded") : t("source.idle")}
    >
      <Text size="sm">{why}</Text>
      {source.state === "active" && source.told ? (
        <Text size="sm" c="dimmed">
          {t("source.seen", { told: source.told })}
        </Text>
      ) : null}
    </Alert>
  );
}

function KeyNumbers({ source }: { source: SourceDetail }) {
  const { t } = useTranslation();
  const at = (iso: string | null, isPlan = false) => {
    if (iso === null) return { value: t("sources.never") };
    const isDue = isPlan && new Date(iso) <= new Date();
    const note = <time dateTime={iso}>{moment(iso)}</time>;
    return { value: isDue ? t("sources.due") : relative(iso), note };
  };
  return (
    <section aria-label={t("source.key.label")}>
      <Stats>
        <Stat
          label={t("source.key.rate")}
          value={source.success_rate === null ? t("format.unknown") : percent(source.success_rate)}
          note={t("source.key.rateNote", {
            well: count(source.went_well),
            visits: count(source.visits),
          })}
        />
        <Stat label={t("source.key.lastNew")} {...at(source.last_new_at)} />
        <Stat label={t("source.key.last")} {...at(source.last_at)} />
        <Stat
          label={t("source.key.next")}
          {...at(source.state === "active" ? source.next_at : null, true)}
        />
      </Stats>
    </section>
  );
}

function Troubles({ source }: { source: SourceDetail }) {
  const { t } = useTranslation();
  const word = useWord();
  if (source.troubles.length === 0) return null;
  return (
    <Section title={t("source.troubles.title")}>
      <ul>
        {source.troubles.map(({ trouble, visits, last_at, told }) => (
          <li key={trouble}>
            {t("source.troubles.one", {
              trouble: word("trouble", trouble),
              count: visits,
              shown: count(visits),
              last: moment(last_at),
            })}
            {told ? <span className={styles.note}>{told}</span> : null}
          </li>
        ))}
      </ul>
    </Section>
  );
}

/** What it sent that became no document; each reason leads to the items. */
function Drops({ source }: { source: SourceDetail }) {
  const { t } = useTranslation();
  const word = useWord();
  const reasons = valuesOf("item_drop").filter((reason) => (source.drops[reason] ?? 0) > 0);
  if (reasons.length === 0) return null;
  return (
    <Section title={t("source.drops.title")} lead={t("source.drops.lead")}>
      <ul>
        {reasons.map((reason) => (
          <li key={reason}>
            <PageLink
              underline="always"
              to="/drops"
              search={{ of: "items", itemReason: reason, source: source.id, first: source.first }}
            >
              {t("signals.count", {
                word: word("item_drop", reason),
                shown: count(source.drops[reason]),
              })}
            </PageLink>
          </li>
        ))}
      </ul>
    </Section>
  );
}

function Facts({ source }: { source: SourceDetail }) {
  const { t } = useTranslation();
  const word = useWord();
  return (
    <Section title={t("source.facts.title")}>
      <dl className={styles.facts}>
        <Fact name={t("source.facts.address")}>
          <ExternalLink href={source.address}>{source.address}</ExternalLink>
        </Fact>
        {source.moved_to ? (
          <Fact name={t("source.facts.moved")}>
            <ExternalLink href={source.moved_to}>{source.moved_to}</ExternalLink>
          </Fact>
        ) : null}
        {source.homepage ? (
          <Fact name={t("source.facts.homepage")}>
            <ExternalLink href={source.homepage}>{source.homepage}</ExternalLink>
          </Fact>
        ) : null}
        <Fact name={t("sources.protocol")}>{word("source_protocol", source.protocol)}</Fact>
        <Fact name={t("source.facts.group")}>{source.kind || t("source.facts.none")}</Fact>
        <Fact name={t("source.facts.language")}>
          {source.language ?? t("source.facts.perItem")}
        </Fact>
        <Fact name={t("source.facts.added")}>
          {t("source.facts.addedBy", {
            when: moment(source.added_at),
            who: source.added_from ?? t("format.unknown"),
          })}
        </Fact>
        <Fact name={t("source.facts.documents")}>
          <PageLink underline="always" to="/documents" search={{ source: source.id }}>
            {t("source.facts.toDocuments")}
          </PageLink>
        </Fact>
      </dl>
    </Section>
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
