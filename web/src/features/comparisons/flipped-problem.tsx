import { Button, Paper, Text, Title } from "@mantine/core";
import { CircleCheck, CircleX } from "lucide-react";
import { type ReactNode, useId, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { markDifference, type Piece } from "./answer-diff";
import styles from "./comparisons.module.css";
import type { Comparison, Flipped } from "./queries";

/** Texts longer than this, or of more lines, are shown in part at first. */
const MOST_LETTERS = 900;
const MOST_LINES = 12;

type FlippedProblemProps = { problem: Flipped; comparison: Comparison };

/** One problem: its question, its reference answer, and what the two runs answered. */
export function FlippedProblem({ problem, comparison }: FlippedProblemProps) {
  const { t } = useTranslation();
  const title = useId();
  const [open, setOpen] = useState(false);
  const texts = useMarked(problem);
  const isGained = problem.change === "gained";
  const isLong = tooLong(problem.first_text) || tooLong(problem.second_text);
  const isCounted = comparison.p_exact !== null; // every score is 0 or 1: right or wrong
  return (
    <Paper withBorder p="md" component="article" aria-labelledby={title}>
      <Title order={3} size="h5" id={title}>
        {t(isGained ? "compare.flipped.gainedTitle" : "compare.flipped.lostTitle", {
          key: problem.problem.slice(0, 8),
        })}
      </Title>
      <Text className={styles.question}>{problem.question}</Text>
      <Text size="sm">
        {t("compare.flipped.reference")} <strong>{problem.reference || t("format.unknown")}</strong>
      </Text>
      <div className={styles.answers}>
        <Answer
          who={`${t("compare.first")}: ${comparison.first.reference}`}
          isBetter={isGained}
          isCounted={isCounted}
          read={problem.first}
          isClosed={isLong && !open}
        >
          {texts.first}
        </Answer>
        <Answer
          who={`${t("compare.second")}: ${comparison.second.reference}`}
          isBetter={!isGained}
          isCounted={isCounted}
          read={problem.second}
          isClosed={isLong && !open}
        >
          {texts.second}
        </Answer>
      </div>
      {texts.note ? (
        <Text size="xs" c="dimmed" mt="xs">
          {texts.note}
        </Text>
      ) : null}
      {isLong ? (
        <Button
          size="xs"
          variant="default"
          mt="sm"
          aria-expanded={open}
          onClick={() => setOpen(!open)}
        >
          {open ? t("compare.flipped.less") : t("compare.flipped.more")}
        </Button>
      ) : null}
    </Paper>
  );
}

function tooLong(text: string | null): boolean {
  return text !== null && (text.length > MOST_LETTERS || text.split("\n").length > MOST_LINES);
}

type Texts = { first: ReactNode; second: ReactNode; note?: string | undefined };

/** Both answers with their differences marked; null where no text is kept. */
function useMarked({ first_text: first, second_text: second }: Flipped): Texts {
  const { t } = useTranslation();
  return useMemo(() => {
    if (first === null || second === null) return { first, second };
    const pair = markDifference(first, second);
    const notes = {
      marked: undefined,
      alike: t("compare.flipped.alike"),
      unlike: t("compare.flipped.unlike"),
    };
    return {
      first: <Marked pieces={pair.first} />,
      second: <Marked pieces={pair.second} />,
      note: notes[pair.kind],
    };
  }, [first, second, t]);
}

/** What only this answer has is underlined on a tinted ground. */
function Marked({ pieces }: { pieces: Piece[] }) {
  let at = 0;
  return pieces.map(({ text, differs }) => {
    const key = at;
    at += text.length;
    return differs ? (
      <mark key={key} className={styles.mark}>
        {text}
      </mark>
    ) : (
      <span key={key}>{text}</span>
    );
  });
}

type AnswerProps = {
  who: string;
  isBetter: boolean;
  /** Scores are right or wrong; else higher or lower. */
  isCounted: boolean;
  read: string | null;
  isClosed: boolean;
  children: ReactNode;
};

function Answer({ who, isBetter, isCounted, read, isClosed, children }: AnswerProps) {
  const { t } = useTranslation();
  const Icon = isBetter ? CircleCheck : CircleX;
  const word = isCounted
    ? t(isBetter ? "compare.flipped.right" : "compare.flipped.wrong")
    : t(isBetter ? "compare.flipped.higher" : "compare.flipped.lower");
  return (
    // biome-ignore lint/a11y/useSemanticElements: a section with a name would be a landmark, twenty of them
    <div role="group" aria-label={`${who}, ${word}`} className={styles.answer}>
      <Title order={4} size="sm" className={styles.answerTitle}>
        {who}
        <span className={styles.outcome} data-better={isBetter || undefined}>
          <Icon size={15} aria-hidden /> {word}
        </span>
      </Title>
      <Text size="sm">
        {t("compare.flipped.read")} <strong>{read ?? t("compare.flipped.noAnswer")}</strong>
      </Text>
      {children === null ? (
        <Text size="sm" c="dimmed">
          {t("compare.flipped.noText")}
        </Text>
      ) : (
        <div className={styles.text} data-closed={isClosed || undefined}>
          {children}
        </div>
      )}
    </div>
  );
}
