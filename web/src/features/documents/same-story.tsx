import { Text } from "@mantine/core";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { day } from "@/format/dates";
import { count } from "@/format/numbers";
import { useWord } from "@/i18n/words";
import { columnsOf, DataTable } from "@/ui/data-table";
import { PageLink, RowLink } from "@/ui/link";
import { Section } from "@/ui/section";
import styles from "./documents.module.css";
import type { DocumentDetail } from "./queries";

type Story = NonNullable<DocumentDetail["story"]>;
type Member = Story["members"][number];

/** The documents that tell the same; one of them is counted. */
export function SameStory({ document }: { document: DocumentDetail }) {
  const { t } = useTranslation();
  const { story } = document;
  return (
    <Section
      title={t("document.story.title")}
      lead={
        story && story.total > 1
          ? t("document.story.lead", { count: story.total, shown: count(story.total) })
          : undefined
      }
    >
      {story === null ? (
        <Text>{t("document.story.waiting")}</Text>
      ) : story.total === 1 ? (
        <Text>{t("document.story.alone")}</Text>
      ) : (
        <Members story={story} here={document.native_id} />
      )}
    </Section>
  );
}

function Members({ story, here }: { story: Story; here: string }) {
  const { t } = useTranslation();
  const word = useWord();
  const columns = useMemo(() => {
    const column = columnsOf<Member>();
    return column.columns([
      column.accessor("title", {
        header: t("document.story.document"),
        cell: ({ row: { original } }) => (
          <span className={styles.title}>
            {original.native_id === here ? (
              original.title
            ) : (
              <RowLink to="/documents/$id" params={{ id: original.native_id }}>
                {original.title}
              </RowLink>
            )}
            <span className={styles.note}>
              {original.native_id === here ? t("document.story.this") : original.native_id}
            </span>
          </span>
        ),
      }),
      column.accessor("source", {
        header: t("document.story.source"),
        cell: ({ row: { original } }) =>
          original.source_id === null ? (
            t("format.unknown")
          ) : (
            <PageLink
              underline="always"
              to="/sources/$number"
              params={{ number: String(original.source_id) }}
            >
              {original.source}
            </PageLink>
          ),
      }),
      column.accessor("first_seen", {
        header: t("document.story.seen"),
        cell: ({ row }) => <span className={styles.short}>{day(row.original.first_seen)}</span>,
      }),
      column.accessor("why", {
        header: t("document.story.why"),
        cell: ({ row: { original } }) =>
          original.why === null ? t("document.story.first") : word("story_reason", original.why),
      }),
    ]);
  }, [t, word, here]);
  const rest = story.total - story.members.length;
  return (
    <>
      <DataTable
        caption={t("document.story.table")}
        columns={columns}
        rows={story.members}
        rowId={(row) => row.native_id}
      />
      {rest > 0 ? (
        <Text>{t("document.story.more", { count: rest, shown: count(rest) })}</Text>
      ) : null}
    </>
  );
}
