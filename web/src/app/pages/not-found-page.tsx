import { Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { PageLink } from "@/ui/link";
import { PageTitle } from "@/ui/page-title";

/** An address that leads nowhere. */
export function NotFoundPage() {
  const { t } = useTranslation();
  return (
    <>
      <PageTitle title={t("notFound.title")} />
      <Text mb="sm">{t("notFound.advice")}</Text>
      <PageLink to="/">{t("notFound.home")}</PageLink>
    </>
  );
}
