import { Code, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { day } from "@/format/dates";
import { useWord } from "@/i18n/words";
import { ExternalLink } from "@/ui/external-link";
import { TopicLink } from "@/ui/link";
import { Question } from "@/ui/question";
import { Section } from "@/ui/section";
import styles from "./documents.module.css";
import { type DocumentDetail, whyQuery } from "./queries";
import { SameStory } from "./same-story";
import { SentBy } from "./sent-by";

/** One document: what it says, who sent it, and what stands on it. */
export function DocumentView({ document }: { document: DocumentDetail }) {
  const { t } = useTranslation();
  const why = useQuery(whyQuery(document.native_id));
  return (
    <>
      <Facts document={document} />
      {document.text ? (
        <Section title={t("document.text")}>
          <Text className={styles.text}>{document.text}</Text>
        </Section>
      ) : null}
      <Section title={t("document.sent.title")} lead={t("document.sent.lead")}>
        <Question label={t("document.sent.label")} query={why} height={120}>
          {(answered) =>
            answered.sent.length === 0 ? (
              <Text>{t("document.sent.none")}</Text>
            ) : (
              <SentBy rows={answered.sent} />
            )
          }
        </Question>
      </Section>
      <SameStory document={document} />
      <Cited document={document} />
    </>
  );
}

function Facts({ document }: { document: DocumentDetail }) {
  const { t } = useTranslation();
  const word = useWord();
  const held = document.collections.map((one) =>
    t("document.facts.held", { collection: one.collection, day: day(one.first_seen) }),
  );
  return (
    <dl className={styles.facts}>
      <Fact name={t("document.facts.id")}>
        <Code>{document.native_id}</Code>
      </Fact>
      {document.url ? (
        <Fact name={t("document.facts.url")}>
          <ExternalLink href={document.url}>{document.url}</ExternalLink>
        </Fact>
      ) : null}
      <Fact name={t("documents.column.family")}>{word("family", document.family)}</Fact>
      <Fact name={t("documents.column.kind")}>{word("kind", document.kind)}</Fact>
      <Fact name={t("document.facts.author")}>{document.author ?? t("format.unknown")}</Fact>
      <Fact name={t("document.facts.published")}>{day(document.published_on)}</Fact>
      <Fact name={t("document.facts.seen")}>{day(document.first_seen)}</Fact>
      <Fact name={t("documents.column.language")}>{document.language}</Fact>
      {document.product && document.product !== document.native_id ? (
        <Fact name={t("document.facts.product")}>
          <Code>{document.product}</Code>
        </Fact>
      ) : null}
      <Fact name={t("document.facts.collections")}>
        {held.length > 0 ? held.join("; ") : t("format.unknown")}
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

function Cited({ document }: { document: DocumentDetail }) {
  const { t } = useTranslation();
  const word = useWord();
  return (
    <Section title={t("document.cited.title")}>
      {document.cited_by.length === 0 ? (
        <Text>{t("document.cited.none")}</Text>
      ) : (
        <ul>
          {document.cited_by.map(({ snapshot_id, as_of, slug, name, place }) => (
            <li key={`${snapshot_id} ${slug}`}>
              <TopicLink underline="always" slug={slug} snapshot={String(snapshot_id)}>
                {name}
              </TopicLink>{" "}
              {t("document.cited.one", { place: word("place", place), day: day(as_of) })}
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
}
