import { Alert, Button, Code, Stack, Text } from "@mantine/core";
import { type ErrorComponentProps, useRouter } from "@tanstack/react-router";
import { CircleAlert } from "lucide-react";
import { useTranslation } from "react-i18next";
import { PageTitle } from "@/ui/page-title";

/** A page that broke: a bug of ours, or a file of a new version that this tab does not know. */
export function ErrorPage({ error, reset }: ErrorComponentProps) {
  const { t } = useTranslation();
  const router = useRouter();
  const again = () => {
    reset();
    void router.invalidate();
  };
  return (
    <>
      <PageTitle title={t("error.title")} />
      <Alert role="alert" color="red" icon={<CircleAlert aria-hidden />} title={t("error.what")}>
        <Stack gap="sm" align="flex-start">
          <Text size="sm">{t("error.advice")}</Text>
          <Code block maw="100%">
            {error instanceof Error ? error.message : String(error)}
          </Code>
          <Button size="xs" variant="default" onClick={again}>
            {t("question.again")}
          </Button>
        </Stack>
      </Alert>
    </>
  );
}
