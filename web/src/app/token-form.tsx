import { Alert, Button, Group, PasswordInput, Text } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { KeyRound } from "lucide-react";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { keepToken } from "@/api/token";

/** Shown when the server answered 401. What failed for want of a token is asked again with it. */
export default function TokenForm() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [token, setToken] = useState("");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    keepToken(token.trim());
    // What is on the page stays there: somebody may be in the middle of writing something.
    void client.invalidateQueries();
  };
  return (
    <Alert mb="md" color="blue" icon={<KeyRound aria-hidden />} title={t("token.title")}>
      <form onSubmit={submit}>
        <Text size="sm" mb="xs">
          {t("token.advice")}
        </Text>
        <Group align="flex-end" gap="sm">
          <PasswordInput
            label={t("token.label")}
            value={token}
            onChange={(event) => setToken(event.currentTarget.value)}
            autoComplete="current-password"
            miw={240}
            visibilityToggleButtonProps={{ "aria-label": t("token.show") }}
          />
          <Button type="submit" disabled={token.trim() === ""}>
            {t("token.send")}
          </Button>
        </Group>
      </form>
    </Alert>
  );
}
