import { useQuery } from "@tanstack/react-query";
import { useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { PATHS } from "@/app/paths";
import { FunnelView } from "@/features/funnel/funnel-view";
import { snapshotQuery } from "@/features/snapshots/queries";
import { SnapshotHeader } from "@/features/snapshots/snapshot-header";
import { PageTitle } from "@/ui/page-title";

/** Where everything that was sent went, from items to recommendations that are shown. */
export function FunnelPage() {
  const { t } = useTranslation();
  const { snapshot: chosen } = useSearch({ from: PATHS.funnel });
  const { data: snapshot } = useQuery(snapshotQuery(chosen));
  return (
    <>
      <PageTitle title={t("funnel.title")} lead={t("funnel.lead")} />
      <SnapshotHeader chosen={chosen} />
      {snapshot ? <FunnelView snapshot={snapshot.id} chosen={chosen} /> : null}
    </>
  );
}
