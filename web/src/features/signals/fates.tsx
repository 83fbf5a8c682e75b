import { Text } from "@mantine/core";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { fullDay } from "@/format/dates";
import { useWord } from "@/i18n/words";
import { columnsOf, DataTable } from "@/ui/data-table";
import { Section } from "@/ui/section";
import { AsOf } from "./appearances";
import { FateWhy, fateColumns } from "./fate";
import { PlaceNote } from "./place-note";
import type { Topic } from "./queries";

type FateOn = Topic["fates"][number];

/** What became of the topic as a signal, the latest first: of later snapshots as well. */
export function Fates({ topic }: { topic: Topic }) {
  const { t } = useTranslation();
  const columns = useColumns(topic.slug);
  if (topic.fates.length === 0) return null;
  return (
    <Section title={t("signal.fates.title")}>
      <DataTable
        caption={t("signal.fates.table")}
        columns={columns}
        rows={topic.fates}
        rowId={(row) => String(row.snapshot_id)}
      />
    </Section>
  );
}

function useColumns(slug: string) {
  const { t } = useTranslation();
  const word = useWord();
  return useMemo(() => {
    const column = columnsOf<FateOn>();
    return column.columns([
      column.accessor("as_of", {
        header: t("signal.appearances.asOf"),
        enableSorting: false,
        cell: ({ row }) => <AsOf slug={slug} of={row.original} />,
      }),
      ...fateColumns<FateOn>(t, word),
    ]);
  }, [slug, t, word]);
}

/** That a correction took this signal back: on an old page as well as on that of the day. */
export function WithdrawnNote({ topic }: { topic: Topic }) {
  const { t } = useTranslation();
  const withdrawn = withdrawalOf(topic);
  if (!withdrawn) return null;
  return (
    <PlaceNote
      place="drop"
      note={
        <Text maw="75ch">
          <strong>{t("signal.fates.withdrawn", { day: fullDay(withdrawn.as_of) })}</strong>{" "}
          <FateWhy fate={withdrawn} />.
        </Text>
      }
    />
  );
}

/** The withdrawal that concerns the affair of this page; what began anew after one is another affair. */
function withdrawalOf({ fates, judged, snapshot }: Topic) {
  return fates.find(
    (one) =>
      one.fate === "withdrawn" &&
      one.onset <= snapshot.as_of &&
      (judged?.place !== "signal" || one.as_of > snapshot.as_of),
  );
}
