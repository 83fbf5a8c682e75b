import { Alert, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { CircleCheck, CircleDashed, FilterX, Rss } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { moment } from "@/format/dates";
import { count } from "@/format/numbers";
import { useWord } from "@/i18n/words";
import { PageLink } from "@/ui/link";
import { Question } from "@/ui/question";
import { Section } from "@/ui/section";
import styles from "./documents.module.css";
import { DocumentsTable } from "./documents-table";
import { type Why, whyQuery } from "./queries";
import { SentBy } from "./sent-by";

const ICONS = {
  document: CircleCheck,
  dropped: FilterX,
  source: Rss,
  never_sent: CircleDashed,
} as const;

/** What became of an address, in a sentence, and the ways on. */
export function WhyAnswer({ address }: { address: string }) {
  const { t } = useTranslation();
  const query = useQuery(whyQuery(address));
  return (
    <Question label={t("why.answer")} query={query} height={240}>
      {(why) => <Told why={why} />}
    </Question>
  );
}

function Told({ why }: { why: Why }) {
  const { t } = useTranslation();
  const word = useWord();
  const Icon = ICONS[why.found];
  return (
    <>
      <Alert
        role="note"
        color={why.found === "document" ? "teal" : "orange"}
        mt="lg"
        icon={<Icon aria-hidden />}
        title={word("whereabouts", why.found)}
      >
        <Text className={styles.answer}>{why.told}</Text>
      </Alert>
      {why.document ? (
        <Part title={t("why.document")}>
          <DocumentsTable caption={t("documents.list")} rows={[why.document, ...why.appearances]} />
        </Part>
      ) : null}
      {why.sent.length > 0 ? (
        <Part title={t("document.sent.title")}>
          <SentBy rows={why.sent} />
        </Part>
      ) : null}
      {why.drops.length > 0 ? (
        <Part title={t("why.drops")}>
          <Drops drops={why.drops} />
        </Part>
      ) : null}
      {why.nearby.length > 0 && !why.document ? (
        <Part title={t("why.nearby")}>
          <Nearby sources={why.nearby} />
        </Part>
      ) : null}
    </>
  );
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return <Section title={title}>{children}</Section>;
}

function Drops({ drops }: { drops: Why["drops"] }) {
  const { t } = useTranslation();
  const word = useWord();
  return (
    <ul>
      {drops.map(({ fetch_id, position, reason, seen, at, source, source_id, source_title }) => (
        <li key={`${fetch_id}/${position}`}>
          <strong>{word("item_drop", reason)}</strong>: {t(`drops.item.why.${reason}`)}
          <span className={styles.note}>{seen}</span>
          <PageLink underline="always" to="/sources/$number" params={{ number: String(source_id) }}>
            {source_title ?? source}
          </PageLink>
          , {moment(at)}
        </li>
      ))}
    </ul>
  );
}

function Nearby({ sources }: { sources: Why["nearby"] }) {
  const { t } = useTranslation();
  const word = useWord();
  return (
    <ul>
      {sources.map((source) => (
        <li key={source.id}>
          <PageLink underline="always" to="/sources/$number" params={{ number: String(source.id) }}>
            {source.name}
          </PageLink>{" "}
          ({word("source_state", source.state)})
          {source.drops > 0 ? (
            <>
              {", "}
              <PageLink underline="always" to="/drops" search={{ of: "items", source: source.id }}>
                {t("why.dropped", { count: source.drops, shown: count(source.drops) })}
              </PageLink>
            </>
          ) : null}
          <span className={styles.note}>{source.degraded ?? source.state_why}</span>
        </li>
      ))}
    </ul>
  );
}
