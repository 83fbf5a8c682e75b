import { Alert, Text } from "@mantine/core";
import { FlaskConical } from "lucide-react";
import { useTranslation } from "react-i18next";

/** Says that nothing on the page was measured. Shown wherever simulated data are shown. */
export function SimulatedBanner({ note }: { note?: string }) {
  const { t } = useTranslation();
  return (
    <Alert
      role="note"
      color="orange"
      mb="md"
      icon={<FlaskConical aria-hidden />}
      title={t("simulated.title")}
    >
      <Text size="sm">{note ?? t("simulated.note")}</Text>
    </Alert>
  );
}
