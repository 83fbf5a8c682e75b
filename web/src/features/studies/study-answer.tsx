import { Alert, Stack, Text } from "@mantine/core";
import { Hourglass, Info, Lock } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { ApiProblem } from "@/api/problem";
import { CopyableCommand } from "@/ui/copyable-command";
import { type Asked, Question } from "@/ui/question";

type StudyAnswerProps<Answer> = {
  label: string;
  query: Asked<Answer>;
  height?: number;
  children: (answer: Answer) => ReactNode;
};

/** A question about a study. What cannot be asked of it is said calmly: nothing failed. */
export function StudyAnswer<Answer>(props: StudyAnswerProps<Answer>) {
  const { t } = useTranslation();
  const { label, query, height = 240, children } = props;
  const { error } = query;
  if (error instanceof ApiProblem && error.code === "invalid_input")
    return <Note icon={<Info aria-hidden />} title={t("study.unanswered")} text={error.message} />;
  return (
    <Question label={label} query={query} height={height}>
      {children}
    </Question>
  );
}

/** The runs have not come so far that anything could be asked about them. */
export function TooEarly() {
  const { t } = useTranslation();
  return (
    <Note
      icon={<Hourglass aria-hidden />}
      title={t("study.tooEarly.title")}
      text={t("study.tooEarly.text")}
    />
  );
}

type SealedProps = { reference: string; message: string };

/** The test is closed: the server's sentence, and the command that opens it. */
export function SealedNote({ reference, message }: SealedProps) {
  const { t } = useTranslation();
  return (
    <Note
      icon={<Lock aria-hidden />}
      title={t("study.sealed.title")}
      text={message}
      command={`nophantom select ${reference}`}
    />
  );
}

type NoteProps = { icon: ReactNode; title: string; text: string; command?: string };

function Note({ icon, title, text, command }: NoteProps) {
  return (
    <Alert role="note" color="blue" icon={icon} title={title} maw="75ch">
      <Stack gap="xs" align="flex-start">
        <Text size="sm">{text}</Text>
        {command ? <CopyableCommand command={command} /> : null}
      </Stack>
    </Alert>
  );
}
