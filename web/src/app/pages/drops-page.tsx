import { Space } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { PATHS } from "@/app/paths";
import { WhyBox } from "@/features/documents/why-box";
import { DroppedKinds } from "@/features/signals/dropped-kinds";
import { DropsList } from "@/features/signals/drops-list";
import { ItemDropsList } from "@/features/signals/item-drops-list";
import { snapshotQuery } from "@/features/snapshots/queries";
import { SnapshotHeader } from "@/features/snapshots/snapshot-header";
import { PageLink } from "@/ui/link";
import { PageTitle } from "@/ui/page-title";

/** What did not become a signal, or not even a document, and why. */
export function DropsPage() {
  const { t } = useTranslation();
  const search = useSearch({ from: PATHS.drops });
  const { snapshot: chosen, of, itemReason, source, first, last, ...ofTopics } = search;
  const { cursor } = search;
  return (
    <>
      <PageTitle
        title={t("drops.title")}
        lead={t("drops.lead")}
        aside={
          <PageLink to="/funnel" search={{ snapshot: chosen }}>
            {t("drops.toFunnel")}
          </PageLink>
        }
      />
      <DroppedKinds chosen={chosen} />
      {of === "items" ? (
        <>
          <WhyBox />
          <Space h="md" />
          <ItemDropsList search={{ reason: itemReason, source, first, last, cursor }} />
        </>
      ) : (
        <DroppedTopics chosen={chosen} search={ofTopics} />
      )}
    </>
  );
}

type DroppedTopicsProps = {
  chosen: string | undefined;
  search: Parameters<typeof DropsList>[0]["search"];
};

function DroppedTopics({ chosen, search }: DroppedTopicsProps) {
  const { data: snapshot } = useQuery(snapshotQuery(chosen));
  return (
    <>
      <SnapshotHeader chosen={chosen} />
      {snapshot ? <DropsList snapshot={snapshot} chosen={chosen} search={search} /> : null}
    </>
  );
}
