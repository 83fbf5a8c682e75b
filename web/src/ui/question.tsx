import { Alert, Button, Skeleton, Stack, Text, Title, VisuallyHidden } from "@mantine/core";
import { CircleAlert } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { ApiProblem } from "@/api/problem";
import { CopyableCommand } from "./copyable-command";
import styles from "./question.module.css";

/** The part of a TanStack query that is shown. */
export type Asked<Answer> = {
  data: Answer | undefined;
  error: Error | null;
  isFetching: boolean;
  /** The answer to the question before (another filter, the page before): shown dimmed. */
  isPlaceholderData?: boolean;
  refetch: () => unknown;
};

export type Emptiness = {
  /** What it means that there is nothing, as a sentence. */
  title: string;
  /** What to do about it. */
  advice?: ReactNode;
  /** A command that can be typed to do it. */
  command?: string | undefined;
};

type QuestionProps<Answer> = {
  /** What is asked, named for those who hear the page: "Signals". */
  label: string;
  query: Asked<Answer>;
  /** Whether an answer holds nothing, and what is said then. */
  isEmpty?: (answer: Answer) => boolean;
  empty?: Emptiness;
  /** Height of the placeholder in pixels: as high as the answer, so that nothing jumps. */
  height?: number;
  children: (answer: Answer) => ReactNode;
};

/** A question to the server in each of its four states: waiting, failure, empty, answer. */
export function Question<Answer>(props: QuestionProps<Answer>) {
  const { label, query, height = 240 } = props;
  const { data, error, isFetching } = query;
  const waiting = data === undefined && error === null;
  return (
    <section aria-label={label} aria-busy={waiting || isFetching}>
      {waiting ? <Waiting label={label} height={height} /> : null}
      {error ? <Failure error={error} again={query.refetch} busy={isFetching} /> : null}
      {data === undefined ? null : <Answered {...props} answer={data} />}
    </section>
  );
}

function Answered<Answer>(props: QuestionProps<Answer> & { answer: Answer }) {
  const { answer, query, isEmpty, empty, children } = props;
  return (
    <div className={styles.answer} data-stale={query.isPlaceholderData || undefined}>
      {isEmpty?.(answer) && empty ? <Empty {...empty} /> : children(answer)}
    </div>
  );
}

function Waiting({ label, height }: { label: string; height: number }) {
  const { t } = useTranslation();
  return (
    <div role="status">
      <VisuallyHidden>{t("question.waiting", { what: label })}</VisuallyHidden>
      <Skeleton height={height} radius="sm" />
    </div>
  );
}

type FailureProps = { error: Error; again: () => unknown; busy: boolean };

function Failure({ error, again, busy }: FailureProps) {
  const { t } = useTranslation();
  const code = error instanceof ApiProblem ? error.code : "bug";
  return (
    <Alert role="alert" color="red" icon={<CircleAlert aria-hidden />} title={t("question.failed")}>
      <Stack gap="xs" align="flex-start">
        <Text size="sm">{error.message}</Text>
        <Text size="sm" c="dimmed">
          {t("question.code", { code })}
        </Text>
        <Button size="xs" variant="default" loading={busy} onClick={() => void again()}>
          {t("question.again")}
        </Button>
      </Stack>
    </Alert>
  );
}

/** Nothing is there: what that means, and what to do. Also for pages that ask nothing yet. */
export function Empty({ title, advice, command }: Emptiness) {
  return (
    <Stack gap="xs" align="flex-start" py="md">
      <Title order={2} size="h4">
        {title}
      </Title>
      {advice ? <Text maw="65ch">{advice}</Text> : null}
      {command ? <CopyableCommand command={command} /> : null}
    </Stack>
  );
}
