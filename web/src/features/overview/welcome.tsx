import { Stack, Text, Title } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { CopyableCommand } from "@/ui/copyable-command";

/** Where a newcomer begins: nothing is in the store yet. */
export function Welcome() {
  const { t } = useTranslation();
  return (
    <Stack gap="sm" align="flex-start" maw="75ch">
      <Title order={2} size="h4">
        {t("overview.welcome.title")}
      </Title>
      <Text>{t("overview.welcome.advice")}</Text>
      <CopyableCommand command="nophantom demo" />
      <Text mt="md">{t("overview.welcome.own")}</Text>
      <Text size="sm">{t("overview.welcome.logs")}</Text>
      <CopyableCommand command="nophantom logs import DIR" />
      <Text size="sm">{t("overview.welcome.trends")}</Text>
      <CopyableCommand command="nophantom trends import PATH" />
      <CopyableCommand command="nophantom trends detect" />
    </Stack>
  );
}
