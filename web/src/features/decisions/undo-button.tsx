import { Button, Group, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { useUndo } from "./queries";
import { Refusal } from "./refusal";

/** Takes a decision back, after it was asked once more; that it was made stays on record. */
export function UndoButton({ number }: { number: number }) {
  const { t } = useTranslation();
  const [isAsked, setIsAsked] = useState(false);
  if (!isAsked)
    return (
      <Button
        size="compact-sm"
        variant="default"
        aria-label={t("decide.undoOf", { number })}
        onClick={() => setIsAsked(true)}
      >
        {t("decide.undo")}
      </Button>
    );
  return <Confirm number={number} onClose={() => setIsAsked(false)} />;
}

function Confirm({ number, onClose }: { number: number; onClose: () => void }) {
  const { t } = useTranslation();
  const undo = useUndo();
  const [reason, setReason] = useState("");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    undo.mutate({ number, reason: reason.trim() });
  };
  return (
    <form aria-label={t("decide.undoOf", { number })} onSubmit={submit}>
      <Group gap="xs" align="flex-end">
        <TextInput
          size="xs"
          label={t("decide.undoWhy")}
          value={reason}
          maxLength={1_000}
          data-autofocus
          autoFocus
          onChange={(event) => setReason(event.currentTarget.value)}
        />
        <Button type="submit" size="xs" loading={undo.isPending}>
          {t("decide.undoIt")}
        </Button>
        <Button size="xs" variant="default" onClick={onClose}>
          {t("decide.keep")}
        </Button>
      </Group>
      <Refusal error={undo.error} />
    </form>
  );
}
