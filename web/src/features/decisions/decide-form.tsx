import { Autocomplete, Button, Group, NativeSelect, Text, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import styles from "./decisions.module.css";
import { type Kind, namesQuery, useDecide } from "./queries";
import { Refusal } from "./refusal";

const PAUSE_MS = 300;

type DecideFormProps = {
  kind: Kind;
  topic: { slug: string; name: string; spellings: string[] };
  onClose: () => void;
};

/** What a decision will do, asked once more, with what else it needs: another topic, a spelling, a reason. */
export function DecideForm({ kind, topic, onClose }: DecideFormProps) {
  const { t } = useTranslation();
  const decide = useDecide();
  const [other, setOther] = useState("");
  const [reason, setReason] = useState("");
  const wanted = wantedOf(kind, topic, other.trim());
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (wanted) decide.mutate({ ...wanted, reason: reason.trim() }, { onSuccess: onClose });
  };
  return (
    <form className={styles.form} onSubmit={submit} aria-label={t(`decide.title.${kind}`)}>
      <Text mb="xs" maw="70ch">
        {t(`decide.means.${kind}`, { name: topic.name })}
      </Text>
      <Group align="flex-end" gap="sm">
        {kind === "merge" ? <OtherTopic value={other} onSay={setOther} /> : null}
        {kind === "split" ? (
          <NativeSelect
            label={t("decide.spelling")}
            value={other}
            autoFocus
            onChange={(event) => setOther(event.currentTarget.value)}
            data={[{ value: "", label: t("decide.choose") }, ...topic.spellings]}
          />
        ) : null}
        <TextInput
          label={t("decide.reason")}
          value={reason}
          maxLength={1_000}
          autoFocus={kind !== "merge" && kind !== "split"}
          onChange={(event) => setReason(event.currentTarget.value)}
        />
        <Button type="submit" disabled={wanted === null} loading={decide.isPending}>
          {t(`decide.do.${kind}`)}
        </Button>
        <Button variant="default" onClick={onClose}>
          {t("decide.cancel")}
        </Button>
      </Group>
      <Refusal error={decide.error} />
    </form>
  );
}

/**
 * What is sent; null while something is missing.
 *
 * A spelling is split from the topic that it was counted as. Followed is the name, by which sources
 * are asked; everything else is about the topic that has this very key.
 */
function wantedOf(kind: Kind, { slug, name }: { slug: string; name: string }, said: string) {
  if (kind === "merge") return said ? { kind, topic: slug, other: said } : null;
  if (kind === "split") return said ? { kind, topic: said, other: slug } : null;
  return { kind, topic: kind === "follow" ? name : slug };
}

function OtherTopic({ value, onSay }: { value: string; onSay: (value: string) => void }) {
  const { t } = useTranslation();
  const [typed] = useDebouncedValue(value.trim(), PAUSE_MS);
  const { data } = useQuery(namesQuery(typed));
  const names = [...new Set(data?.items.map(({ name }) => name) ?? [])];
  return (
    <Autocomplete
      label={t("decide.into")}
      value={value}
      onChange={onSay}
      data={names}
      filter={({ options }) => options} // the server has chosen them
      autoFocus
      comboboxProps={{ transitionProps: { duration: 0 } }}
    />
  );
}
