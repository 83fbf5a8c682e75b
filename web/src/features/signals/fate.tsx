import type { TFunction } from "i18next";
import { useTranslation } from "react-i18next";
import type { Shape } from "@/api/shapes";
import { fullDay } from "@/format/dates";
import { count, decimal, eValue } from "@/format/numbers";
import { useWord, type WordOf } from "@/i18n/words";
import { columnsOf } from "@/ui/data-table";

export type Fate = Shape<"FateOut">;

/** What a fate was decided from; which of them are there depends on the fate. */
type Numbers = {
  into_name?: string;
  decision?: number | null;
  kind?: WordOf<"merge_kind"> | null;
  documents?: number;
  counted?: number;
  joined?: number;
  not_told?: number;
  not_read?: number;
  day?: string;
  since_onset?: [number, number, number] | null;
  reads_from?: string;
  place?: WordOf<"place"> | null;
  gate?: WordOf<"candidate_drop"> | null;
  stories?: number | null;
  log_e?: number | null;
  log_threshold?: number;
};

/** The columns that every list of fates has: what became of it, and why. */
export function fateColumns<Row extends Fate>(t: TFunction, word: ReturnType<typeof useWord>) {
  const column = columnsOf<Row>();
  return [
    column.accessor((row) => row.fate, {
      id: "fate",
      header: t("signals.since.fate"),
      enableSorting: false,
      cell: ({ row: { original } }) =>
        word("fate", original.fate) +
        (original.reason ? `, ${word("withdrawal", original.reason)}` : ""),
    }),
    column.accessor((row) => row.says, {
      id: "says",
      header: t("signals.since.why"),
      enableSorting: false,
      cell: ({ row }) => <FateWhy fate={row.original} />,
    }),
  ];
}

/** Why a signal is none any more, or how it came to be one. */
export function FateWhy({ fate }: { fate: Fate }) {
  const { t } = useTranslation();
  const word = useWord();
  const numbers = fate.numbers as Numbers;
  if (fate.reason === "merged")
    return t(numbers.decision ? "signals.since.mergedByPeople" : "signals.since.merged", {
      topic: numbers.into_name,
      number: numbers.decision,
      kind: numbers.kind ? word("merge_kind", numbers.kind) : "",
    });
  if (fate.reason === "corrected")
    return t("signals.since.corrected", {
      documents: count(numbers.documents),
      counted: count(numbers.counted),
      joined: count(numbers.joined),
      notTold: count(numbers.not_told),
      notRead: count(numbers.not_read),
    });
  if (fate.fate === "beyond_history")
    return t("signals.since.beyond", {
      onset: fullDay(fate.onset),
      day: fullDay(numbers.reads_from),
    });
  if (fate.fate === "ended") return <Ended numbers={numbers} />;
  if (fate.fate === "not_shown") return <Today numbers={numbers} />;
  return <Now fate={fate} />;
}

function Ended({ numbers }: { numbers: Numbers }) {
  const { t } = useTranslation();
  const [rate, low, high] = numbers.since_onset ?? [];
  return (
    <>
      {rate === undefined
        ? t("signals.since.endedOn", { day: fullDay(numbers.day) })
        : t("signals.since.ended", {
            day: fullDay(numbers.day),
            rate: decimal(rate),
            low: decimal(low),
            high: decimal(high),
          })}{" "}
      <Today numbers={numbers} />
    </>
  );
}

/** Where a topic stands that is no signal now. */
function Today({ numbers }: { numbers: Numbers }) {
  const { t } = useTranslation();
  const word = useWord();
  if (!numbers.place) return t("signals.since.few");
  return t(numbers.gate ? "signals.since.gated" : "signals.since.weak", {
    gate: numbers.gate ? word("candidate_drop", numbers.gate) : "",
    stories: count(numbers.stories),
    e: eValue(numbers.log_e),
    asked: eValue(numbers.log_threshold),
  });
}

/** Of what is a signal now: what it is, or what changed about it. */
function Now({ fate }: { fate: Fate }) {
  const { t } = useTranslation();
  const word = useWord();
  if (!fate.phase || !fate.standing) return null;
  const phase = word("phase", fate.phase);
  const standing = word("standing", fate.standing);
  if (!fate.phase_before || !fate.standing_before) return `${standing}, ${phase}`;
  const changed = (before: string, now: string) => t("signals.since.changed", { before, now });
  return [
    fate.phase === fate.phase_before ? null : changed(word("phase", fate.phase_before), phase),
    fate.standing === fate.standing_before
      ? null
      : changed(word("standing", fate.standing_before), standing),
  ]
    .filter((one) => one !== null)
    .join("; ");
}
