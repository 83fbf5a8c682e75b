import { Select, Text } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { runQuery } from "@/api/run-query";
import { count, percent } from "@/format/numbers";
import i18n from "@/i18n";
import styles from "./comparisons.module.css";
import { candidatesQuery, type Evaluation } from "./queries";

const PAUSE_MS = 250;

type RunPickerProps = {
  label: string;
  /** As in the address: `r12`, or a piece of a name. */
  reference: string | undefined;
  onChoose: (reference: string) => void;
  /** The failure to find it is told beside the picker; else only marked. */
  tellsFailure: boolean;
};

/** Finds a run by typing, among all runs of the ledger. */
export function RunPicker({ label, reference, onChoose, tellsFailure }: RunPickerProps) {
  const { t } = useTranslation();
  const chosen = useQuery({ ...runQuery(reference ?? ""), enabled: reference !== undefined });
  const now = optionOf(reference, chosen.data);
  const [typed, setTyped] = useState("");
  const [text] = useDebouncedValue(chosen.data && typed === now?.label ? "" : typed, PAUSE_MS);
  const candidates = useQuery(candidatesQuery(text));
  const options = optionsFrom(candidates.data ?? [], now);
  // The server has searched. What is chosen needs an option for its name, but not a place in the list.
  const found = new Set((candidates.data ?? []).map((e) => e.reference));
  const isFound = (option: object) => "value" in option && found.has(String(option.value));
  const failure = chosen.error ?? candidates.error;
  return (
    <Select
      label={label}
      description={now?.note || t("compare.pick.hint")}
      inputWrapperOrder={["label", "input", "description", "error"]}
      placeholder={t("compare.pick.placeholder")}
      searchable
      allowDeselect={false}
      value={now?.value ?? null}
      data={options}
      filter={({ options: all }) => all.filter(isFound)}
      onSearchChange={setTyped}
      onChange={(value) => value !== null && onChoose(value)}
      nothingFoundMessage={
        candidates.isFetching ? t("compare.pick.waiting") : t("compare.pick.none")
      }
      renderOption={({ option }) => <Option {...(option as RunOption)} />}
      error={failure === null ? undefined : tellsFailure ? failure.message : true}
      // The list itself scrolls, inside of the page's main part: so those who hear the page find it there.
      withScrollArea={false}
      comboboxProps={{ withinPortal: false }}
      classNames={{ options: styles.options }}
      w="100%"
    />
  );
}

type RunOption = { value: string; label: string; note: string };

function Option({ label, note }: RunOption) {
  return (
    <div style={{ minWidth: 0, overflowWrap: "anywhere" }}>
      {label}
      <Text span size="xs" c="dimmed" display="block">
        {note}
      </Text>
    </div>
  );
}

type Found = { reference: string; name: string; judged: Evaluation[] };

/** What is chosen, known by name or not yet. */
function optionOf(reference: string | undefined, run: Found | undefined): RunOption | undefined {
  if (reference === undefined) return undefined;
  if (run === undefined) return { value: reference, label: reference, note: "" };
  const speaking = run.judged.filter((e) => e.rank === 0);
  return {
    value: run.reference,
    label: `${run.reference} ${run.name}`,
    note: speaking.map(noteOf).join("; "),
  };
}

/** One line per run: several evaluations of one run are told together. */
function optionsFrom(evaluations: Evaluation[], now: RunOption | undefined): RunOption[] {
  const options = new Map<string, RunOption>(now ? [[now.value, now]] : []);
  for (const e of evaluations) {
    const before = options.get(e.reference);
    if (before === undefined) {
      const label = `${e.reference} ${e.run}`;
      options.set(e.reference, { value: e.reference, label, note: noteOf(e) });
    } else if (before !== now) before.note += `; ${noteOf(e)}`;
  }
  return [...options.values()];
}

/** "gsm8k, 1,319 problems, 39.04%": many runs share a name. */
function noteOf({ problem_set, problems, accuracy }: Evaluation): string {
  return i18n.t("compare.pick.note", {
    problemSet: problem_set,
    problems: count(problems),
    accuracy: percent(accuracy, 2),
  });
}
