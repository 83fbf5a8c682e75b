import { useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { PATHS } from "@/app/paths";
import { SourcesList } from "@/features/sources/sources-list";
import { SourcesSummary } from "@/features/sources/sources-summary";
import { PageTitle } from "@/ui/page-title";

/** What is followed, and how it is. */
export function SourcesPage() {
  const { t } = useTranslation();
  const search = useSearch({ from: PATHS.sources });
  return (
    <>
      <PageTitle title={t("sources.title")} lead={t("sources.lead")} />
      <SourcesSummary />
      <SourcesList search={search} />
    </>
  );
}
