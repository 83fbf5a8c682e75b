import { ActionIcon, Code, CopyButton, Group } from "@mantine/core";
import { Check, Copy } from "lucide-react";
import { useTranslation } from "react-i18next";

/** A command to type, with a button that copies it. */
export function CopyableCommand({ command }: { command: string }) {
  const { t } = useTranslation();
  return (
    <Group gap="xs" wrap="nowrap" maw="100%">
      <Code style={{ overflowX: "auto" }} fz="sm">
        {command}
      </Code>
      <CopyButton value={command}>
        {({ copied, copy }) => (
          <ActionIcon
            variant="default"
            onClick={copy}
            aria-label={copied ? t("command.copied") : t("command.copy", { command })}
          >
            {copied ? <Check size={16} aria-hidden /> : <Copy size={16} aria-hidden />}
          </ActionIcon>
        )}
      </CopyButton>
    </Group>
  );
}
