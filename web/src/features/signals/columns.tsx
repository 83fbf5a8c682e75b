import type { TFunction } from "i18next";
import type { RatioScale } from "@/charts/ratio-geometry";
import { amount, count, eValue } from "@/format/numbers";
import { columnsOf } from "@/ui/data-table";
import { RowLink, TopicLink } from "@/ui/link";
import { VerdictBadge } from "@/ui/verdict-badge";
import styles from "./columns.module.css";
import { HiddenMark } from "./hidden";
import { Momentum } from "./momentum";
import type { Candidate, Whole } from "./queries";

type OtherMarkProps = { of: Whole | undefined; label: string; snapshot: string | undefined };

/** That a topic is a fragment of another one, or told by it. */
function OtherMark({ of, label, snapshot }: OtherMarkProps) {
  if (!of) return null;
  return (
    <span className={styles.note}>
      {label}{" "}
      <TopicLink slug={of.slug} snapshot={snapshot}>
        {of.name}
      </TopicLink>
    </span>
  );
}

type About = {
  t: TFunction;
  /** The chosen snapshot as the address says it: links keep it. */
  snapshot: string | undefined;
  scale: RatioScale;
};

/** The columns that signals, the watch list and drops share, by the words by which the server sorts. */
export function candidateColumns<Row extends Candidate>({ t, snapshot, scale }: About) {
  const column = columnsOf<Row>();
  return {
    name: column.accessor((row) => row.name, {
      id: "name",
      header: t("signals.column.name"),
      cell: ({ row: { original } }) => (
        <>
          <RowLink to="/signals/$slug" params={{ slug: original.slug }} search={{ snapshot }}>
            {original.name}
          </RowLink>
          <HiddenMark by={original.hidden_by} />
          <OtherMark of={original.part_of} label={t("signals.partOf")} snapshot={snapshot} />
          <OtherMark of={original.told_by} label={t("signals.toldBy")} snapshot={snapshot} />
        </>
      ),
    }),
    verdict: column.accessor((row) => row.verdict, {
      id: "verdict",
      header: t("signals.column.verdict"),
      enableSorting: false,
      cell: ({ row: { original } }) => <VerdictBadge verdict={original.verdict} />,
    }),
    momentum: column.accessor((row) => row.momentum_low, {
      id: "momentum_low",
      header: t("signals.column.momentum"),
      cell: ({ row: { original } }) => <Momentum of={original} scale={scale} />,
    }),
    logE: column.accessor((row) => row.log_e, {
      id: "log_e",
      header: t("signals.column.logE"),
      meta: { align: "right" },
      cell: ({ row: { original } }) => eValue(original.log_e),
    }),
    stories: column.accessor((row) => row.stories, {
      id: "stories",
      header: t("signals.column.stories"),
      meta: { align: "right" },
      cell: ({ row: { original } }) => (
        <>
          {count(original.stories)}
          <span className={styles.note}>
            {t("signals.expected", { expected: amount(original.expected) })}
          </span>
        </>
      ),
    }),
  };
}
