import { useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { PATHS } from "@/app/paths";
import { DocumentsList } from "@/features/documents/documents-list";
import { PageLink } from "@/ui/link";
import { PageTitle } from "@/ui/page-title";

/** What the sources published, and what can be found in it. */
export function DocumentsPage() {
  const { t } = useTranslation();
  const search = useSearch({ from: PATHS.documents });
  return (
    <>
      <PageTitle
        title={t("documents.title")}
        lead={t("documents.lead")}
        aside={
          <PageLink underline="always" to={PATHS.why}>
            {t("why.title")}
          </PageLink>
        }
      />
      <DocumentsList search={search} />
    </>
  );
}
