import { Button, TextInput } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { type FormEvent, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import styles from "./documents.module.css";

/** Asks what became of an address; the answer has a page of its own, so that it can be shared. */
export function WhyBox({ address = "" }: { address?: string | undefined }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [typed, setTyped] = useState(address);
  useEffect(() => setTyped(address), [address]);
  const ask = (event: FormEvent) => {
    event.preventDefault();
    if (typed.trim()) void navigate({ to: "/why", search: { address: typed.trim() } });
  };
  return (
    <form className={styles.why} onSubmit={ask}>
      <TextInput
        label={t("why.address")}
        description={t("why.hint")}
        name="address"
        autoComplete="off"
        value={typed}
        onChange={(event) => setTyped(event.currentTarget.value)}
      />
      <Button type="submit" disabled={!typed.trim()}>
        {t("why.ask")}
      </Button>
    </form>
  );
}
