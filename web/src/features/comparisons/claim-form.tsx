import { Button, NativeSelect, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { runQuery } from "@/api/run-query";
import { valuesOf } from "@/i18n/words";
import { usePatchSearch } from "@/ui/search-params";
import styles from "./comparisons.module.css";
import { sharedGraders, sharedProblemSets } from "./gradings";
import { type Asked, comparisonQuery } from "./queries";
import { CLAIMED, numberBetween, pointsNumber } from "./sentences";

/** Upper bounds that the server sets, both left out. */
const MOST_POINTS = 100;
const MOST_ALPHA = 0.5;

/** What is claimed of the first run, and on which grading it is judged. What is left empty is the server's. */
export function ClaimForm({ asked }: { asked: Asked }) {
  const { t } = useTranslation();
  const patch = usePatchSearch();
  const { data } = useQuery(comparisonQuery(asked));
  const { claim, delta, alpha, problem_set, grader } = asked;
  const isUsual = [claim, delta, alpha, problem_set, grader].every((said) => said === undefined);
  const [open, setOpen] = useState(!isUsual);
  const usual = data?.claim;
  return (
    <details
      className={styles.claim}
      open={open}
      onToggle={(event) => setOpen(event.currentTarget.open)}
    >
      <summary>{t("compare.claim.title")}</summary>
      <div className={styles.claimFields}>
        <NativeSelect
          label={t("compare.claim.direction")}
          value={claim ?? ""}
          onChange={(event) => void patch({ claim: event.currentTarget.value || undefined })}
          data={[
            {
              value: "",
              label:
                usual && claim === undefined
                  ? t("compare.claim.usual", { value: t(CLAIMED[usual.direction]) })
                  : t("compare.claim.usualUnknown"),
            },
            ...valuesOf("direction").map((value) => ({ value, label: t(CLAIMED[value]) })),
          ]}
        />
        <NumberField
          label={t("compare.claim.delta")}
          description={t("compare.claim.deltaMeans")}
          value={delta === undefined ? undefined : pointsNumber(delta)}
          usual={usual && pointsNumber(usual.delta)}
          most={MOST_POINTS}
          onSay={(value) => void patch({ delta: value === undefined ? undefined : share(value) })}
        />
        <NumberField
          label={t("compare.claim.alpha")}
          description={t("compare.claim.alphaMeans")}
          value={alpha}
          usual={usual?.alpha}
          most={MOST_ALPHA}
          onSay={(value) => void patch({ alpha: value })}
        />
        <GradingFields asked={asked} />
        <Button
          variant="default"
          disabled={isUsual}
          onClick={() =>
            void patch({
              claim: undefined,
              delta: undefined,
              alpha: undefined,
              problem_set: undefined,
              grader: undefined,
            })
          }
        >
          {t("compare.claim.reset")}
        </Button>
      </div>
    </details>
  );
}

/** Points to a proportion, without the dust of binary fractions: 2.8 -> 0.028. */
function share(points: number): number {
  return Number((points / 100).toPrecision(6));
}

type NumberFieldProps = {
  label: string;
  description: string;
  value: number | undefined;
  /** What holds where nothing is said. */
  usual: number | undefined;
  /** Above 0 and below this. */
  most: number;
  onSay: (value: number | undefined) => void;
};

/** A number that is asked for when it is finished: with Enter, or on leaving the field. */
function NumberField({ label, description, value, usual, most, onSay }: NumberFieldProps) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState(value === undefined ? "" : String(value));
  const [wrong, setWrong] = useState(false);
  useEffect(() => {
    setTyped(value === undefined ? "" : String(value));
    setWrong(false);
  }, [value]);
  const say = () => {
    const said = numberBetween(typed, 0, most);
    const isWrong = said === undefined && typed.trim() !== "";
    setWrong(isWrong);
    if (!isWrong && said !== value) onSay(said);
  };
  return (
    <form
      onSubmit={(event: FormEvent) => {
        event.preventDefault();
        say();
      }}
    >
      <TextInput
        label={label}
        description={description}
        inputMode="decimal"
        autoComplete="off"
        value={typed}
        placeholder={usual === undefined ? "" : t("compare.claim.usual", { value: String(usual) })}
        onChange={(event) => setTyped(event.currentTarget.value)}
        onBlur={say}
        error={wrong ? t("compare.claim.wrong", { most: String(most) }) : undefined}
      />
    </form>
  );
}

function GradingFields({ asked }: { asked: Asked }) {
  const { t } = useTranslation();
  const patch = usePatchSearch();
  const first = useQuery(runQuery(asked.first)).data;
  const second = useQuery(runQuery(asked.second)).data;
  const sets = first && second ? sharedProblemSets(first, second) : [];
  const only = sets.length === 1 ? sets[0] : asked.problem_set;
  const graders = first && second ? sharedGraders(first, second, only) : [];
  return (
    <>
      <ChoiceField
        label={t("compare.claim.problemSet")}
        usual={t("compare.claim.anyProblemSet")}
        names={sets}
        value={asked.problem_set}
        onChoose={(problem_set) => void patch({ problem_set, grader: undefined })}
      />
      <ChoiceField
        label={t("compare.claim.grader")}
        usual={t("compare.claim.anyGrader")}
        names={graders}
        value={asked.grader}
        onChoose={(name) => void patch({ grader: name })}
      />
    </>
  );
}

type ChoiceFieldProps = {
  label: string;
  usual: string;
  names: string[];
  value: string | undefined;
  onChoose: (name: string | undefined) => void;
};

/** One of several names, or what is usual; nothing where there is no choice. */
function ChoiceField({ label, usual, names, value, onChoose }: ChoiceFieldProps) {
  if (names.length < 2 && value === undefined) return null;
  return (
    <NativeSelect
      label={label}
      value={value ?? ""}
      onChange={(event) => onChoose(event.currentTarget.value || undefined)}
      data={[{ value: "", label: usual }, ...withChosen(names, value)]}
    />
  );
}

function withChosen(names: string[], chosen: string | undefined): string[] {
  return chosen === undefined || names.includes(chosen) ? names : [chosen, ...names];
}
