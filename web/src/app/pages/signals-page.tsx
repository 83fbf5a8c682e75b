import { useQuery } from "@tanstack/react-query";
import { useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { PATHS } from "@/app/paths";
import { SignalsList } from "@/features/signals/signals-list";
import { snapshotQuery } from "@/features/snapshots/queries";
import { SnapshotHeader } from "@/features/snapshots/snapshot-header";
import { PageLink } from "@/ui/link";
import { PageTitle } from "@/ui/page-title";

/** What is emerging, and how sure that is. */
export function SignalsPage() {
  const { t } = useTranslation();
  const { snapshot: chosen, ...search } = useSearch({ from: PATHS.signals });
  const { data: snapshot } = useQuery(snapshotQuery(chosen));
  return (
    <>
      <PageTitle
        title={t("signals.title")}
        lead={t("signals.lead")}
        aside={
          <PageLink to="/funnel" search={{ snapshot: chosen }}>
            {t("signals.toFunnel")}
          </PageLink>
        }
      />
      <SnapshotHeader chosen={chosen} />
      {snapshot ? <SignalsList snapshot={snapshot} chosen={chosen} search={search} /> : null}
    </>
  );
}
