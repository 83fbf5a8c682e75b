import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { Shape } from "@/api/shapes";
import { day } from "@/format/dates";
import { eValue, times } from "@/format/numbers";
import { useWord } from "@/i18n/words";
import { columnsOf, DataTable } from "@/ui/data-table";
import { TopicLink } from "@/ui/link";
import { Section } from "@/ui/section";
import styles from "./columns.module.css";
import type { Topic } from "./queries";

type Appearance = Shape<"AppearanceOut">;

/** What each snapshot said of the topic, the latest first. */
export function Appearances({ topic }: { topic: Topic }) {
  const { t } = useTranslation();
  const columns = useAppearanceColumns(topic.slug, topic.snapshot.id);
  return (
    <Section title={t("signal.appearances.title")}>
      <DataTable
        caption={t("signal.appearances.table")}
        columns={columns}
        rows={topic.appearances}
        rowId={(row) => String(row.snapshot_id)}
      />
    </Section>
  );
}

function useAppearanceColumns(slug: string, here: number) {
  const { t } = useTranslation();
  const word = useWord();
  return useMemo(() => {
    const column = columnsOf<Appearance>();
    const words = ({ place, standing, phase, reason }: Appearance) =>
      [
        word("place", place),
        standing && word("standing", standing),
        phase && word("phase", phase),
        reason && word("candidate_drop", reason),
      ]
        .filter(Boolean)
        .join(", ");
    return column.columns([
      column.accessor("as_of", {
        header: t("signal.appearances.asOf"),
        cell: ({ row: { original } }) => (
          <>
            <AsOf slug={slug} of={original} />
            {original.snapshot_id === here ? (
              <span className={styles.note}>{t("signal.appearances.here")}</span>
            ) : null}
            {original.simulated ? (
              <span className={styles.note}>{t("signal.appearances.simulated")}</span>
            ) : null}
          </>
        ),
      }),
      column.accessor("place", {
        header: t("signal.appearances.place"),
        cell: ({ row }) => words(row.original),
      }),
      column.accessor("momentum_low", {
        header: t("signal.appearances.momentum"),
        meta: { align: "right" },
        cell: ({ row }) => times(row.original.momentum_low),
      }),
      column.accessor("log_e", {
        header: t("signal.appearances.e"),
        meta: { align: "right" },
        cell: ({ row }) => eValue(row.original.log_e),
      }),
    ]);
  }, [slug, here, t, word]);
}

type AsOfProps = { slug: string; of: Pick<Appearance, "as_of" | "snapshot_id"> };

/** The day of a snapshot, which leads to what that says of the topic. */
export function AsOf({ slug, of: { as_of, snapshot_id } }: AsOfProps) {
  const { t } = useTranslation();
  return (
    <TopicLink underline="always" slug={slug} snapshot={String(snapshot_id)}>
      {t("snapshot.option", { day: day(as_of), id: snapshot_id })}
    </TopicLink>
  );
}
