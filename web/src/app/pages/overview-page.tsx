import { Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { BestRuns } from "@/features/overview/best-runs";
import { bestRunsQuery } from "@/features/overview/queries";
import { Welcome } from "@/features/overview/welcome";
import { TopSignals } from "@/features/signals/top-signals";
import { NewestSnapshot } from "@/features/snapshots/newest-snapshot";
import { snapshotQuery } from "@/features/snapshots/queries";
import { PageTitle } from "@/ui/page-title";

/** What NoPhantom says at present: the newest signals and the best runs; for a newcomer, how to begin. */
export function OverviewPage() {
  const { t } = useTranslation();
  const { data: snapshot } = useQuery(snapshotQuery(undefined));
  const { data: runs } = useQuery(bestRunsQuery());
  const isNew = snapshot === null && runs?.items.length === 0;
  return (
    <>
      <PageTitle title={t("overview.title")} lead={t("overview.lead")} />
      {isNew ? (
        <Welcome />
      ) : (
        <>
          <Title order={2} size="h3" mb="sm">
            {t("overview.trends.title")}
          </Title>
          <NewestSnapshot />
          {snapshot ? (
            <>
              <Title order={3} size="h4" mb="xs">
                {t("overview.trends.top")}
              </Title>
              <TopSignals snapshot={snapshot.id} />
            </>
          ) : null}
          <Title order={2} size="h3" mt="xl" mb="sm">
            {t("overview.runs.title")}
          </Title>
          <Title order={3} size="h4" mb="xs">
            {t("overview.runs.best")}
          </Title>
          <BestRuns />
        </>
      )}
    </>
  );
}
