import { useQuery } from "@tanstack/react-query";
import { useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { PATHS } from "@/app/paths";
import { WatchList } from "@/features/signals/watch-list";
import { snapshotQuery } from "@/features/snapshots/queries";
import { SnapshotHeader } from "@/features/snapshots/snapshot-header";
import { PageTitle } from "@/ui/page-title";

/** Undecided topics, apart from signals. */
export function WatchlistPage() {
  const { t } = useTranslation();
  const { snapshot: chosen, ...search } = useSearch({ from: PATHS.watchlist });
  const { data: snapshot } = useQuery(snapshotQuery(chosen));
  return (
    <>
      <PageTitle title={t("watchlist.title")} lead={t("watchlist.lead")} />
      <SnapshotHeader chosen={chosen} />
      {snapshot ? <WatchList snapshot={snapshot} chosen={chosen} search={search} /> : null}
    </>
  );
}
