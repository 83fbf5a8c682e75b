import { Alert, Text } from "@mantine/core";
import { CircleAlert } from "lucide-react";
import { useTranslation } from "react-i18next";
import { ApiProblem } from "@/api/problem";

/** Why a decision was not written; nothing where none was refused. */
export function Refusal({ error }: { error: Error | null }) {
  const { t } = useTranslation();
  if (error === null) return null;
  const wantsToken = error instanceof ApiProblem && error.status === 401;
  return (
    <Alert
      role="alert"
      color="red"
      mt="xs"
      icon={<CircleAlert aria-hidden />}
      title={t("decide.refused")}
    >
      <Text size="sm">{error.message}</Text>
      {wantsToken ? (
        <Text size="sm" mt={4}>
          {t("decide.token")}
        </Text>
      ) : null}
    </Alert>
  );
}
