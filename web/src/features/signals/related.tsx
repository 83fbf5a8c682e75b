import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { Shape } from "@/api/shapes";
import { count, times } from "@/format/numbers";
import { useWord } from "@/i18n/words";
import { columnsOf, DataTable } from "@/ui/data-table";
import { PageLink, TopicLink } from "@/ui/link";
import { Section } from "@/ui/section";
import type { Judged } from "./queries";

type RelatedTopic = Shape<"RelatedOut">;
type RelatedProps = { judged: Judged; snapshot: string };

/** What is told together with a signal more often than chance lets it; nothing where nothing is. */
export function Related({ judged, snapshot }: RelatedProps) {
  const { t } = useTranslation();
  const columns = useRelatedColumns(snapshot);
  if (judged.related.length === 0) return null;
  return (
    <Section title={t("signal.related.title")} lead={t("signal.related.lead")}>
      <DataTable
        caption={t("signal.related.table")}
        columns={columns}
        rows={judged.related}
        rowId={(row) => row.slug}
      />
      <PageLink
        underline="always"
        to="/topics"
        search={{ snapshot, topics: [judged, ...judged.related].map(({ slug }) => slug).join(",") }}
      >
        {t("signal.related.compare")}
      </PageLink>
    </Section>
  );
}

function useRelatedColumns(snapshot: string) {
  const { t } = useTranslation();
  const word = useWord();
  return useMemo(() => {
    const column = columnsOf<RelatedTopic>();
    return column.columns([
      column.accessor("name", {
        header: t("signal.related.topic"),
        cell: ({ row: { original } }) => (
          <TopicLink underline="always" slug={original.slug} snapshot={snapshot}>
            {original.name}
          </TopicLink>
        ),
      }),
      column.accessor("place", {
        header: t("signal.related.place"),
        cell: ({ row }) => word("place", row.original.place),
      }),
      column.accessor("together", {
        header: t("signal.related.together"),
        meta: { align: "right" },
        cell: ({ row: { original } }) =>
          t("signal.related.togetherOf", {
            together: count(original.together),
            stories: count(original.stories),
          }),
      }),
      column.accessor("lift_low", {
        header: t("signal.related.lift"),
        meta: { align: "right" },
        cell: ({ row: { original } }) =>
          t("signal.related.liftAtLeast", {
            lift: times(original.lift),
            low: times(original.lift_low),
          }),
      }),
    ]);
  }, [snapshot, t, word]);
}
