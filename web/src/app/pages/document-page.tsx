import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { PATHS } from "@/app/paths";
import { DocumentView } from "@/features/documents/document-view";
import { documentQuery } from "@/features/documents/queries";
import { PageTitle } from "@/ui/page-title";
import { Question } from "@/ui/question";

/** One document and where it came from. */
export function DocumentPage() {
  const { t } = useTranslation();
  const { id } = useParams({ from: PATHS.document });
  const query = useQuery(documentQuery(id));
  return (
    <>
      <PageTitle title={query.data?.title ?? id} lead={query.data?.site ?? "\u00a0"} />
      <Question label={t("document.waiting")} query={query} height={600}>
        {(answered) => <DocumentView document={answered} />}
      </Question>
    </>
  );
}
