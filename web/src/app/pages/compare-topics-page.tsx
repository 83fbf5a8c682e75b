import { useQuery } from "@tanstack/react-query";
import { useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { PATHS } from "@/app/paths";
import { CompareTopics } from "@/features/signals/compare-topics";
import { snapshotQuery } from "@/features/snapshots/queries";
import { SnapshotHeader } from "@/features/snapshots/snapshot-header";
import { PageTitle } from "@/ui/page-title";

/** Several topics of one snapshot side by side. */
export function CompareTopicsPage() {
  const { t } = useTranslation();
  const { snapshot: chosen, topics } = useSearch({ from: PATHS.compareTopics });
  const { data: snapshot } = useQuery(snapshotQuery(chosen));
  return (
    <>
      <PageTitle title={t("compareTopics.title")} lead={t("compareTopics.lead")} />
      <SnapshotHeader chosen={chosen} />
      {snapshot ? <CompareTopics snapshot={snapshot.id} chosen={chosen} said={topics} /> : null}
    </>
  );
}
