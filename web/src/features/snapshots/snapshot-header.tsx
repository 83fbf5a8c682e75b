import { Group, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { fullDay } from "@/format/dates";
import { count } from "@/format/numbers";
import { PageLink } from "@/ui/link";
import { Question } from "@/ui/question";
import { SimulatedBanner } from "@/ui/simulated-banner";
import { AsKnownOn } from "./as-known-on";
import { CalibrationWarning, CountedNames } from "./counting";
import { Places } from "./places";
import { type Snapshot, snapshotQuery } from "./queries";
import { SnapshotPicker } from "./snapshot-picker";

/** The snapshot that a list is of: which, how much it read, and where all its candidates ended. */
export function SnapshotHeader({ chosen }: { chosen: string | undefined }) {
  const { t } = useTranslation();
  const query = useQuery(snapshotQuery(chosen));
  const { data, error } = query;
  return (
    <>
      {data === null ? null : (
        <Group align="flex-end" gap="md" mb="sm">
          <SnapshotPicker chosen={chosen} />
          {error && chosen !== undefined ? (
            <PageLink to="." search={{}}>
              {t("snapshot.toLatest")}
            </PageLink>
          ) : null}
        </Group>
      )}
      {data ? <AsKnownOn shown={data} chosen={chosen} /> : null}
      <Question
        label={t("snapshot.label")}
        query={query}
        height={104}
        isEmpty={(snapshot) => snapshot === null}
        empty={{
          title: t("snapshot.empty"),
          advice: t("snapshot.emptyAdvice"),
          command: "nophantom demo",
        }}
      >
        {(snapshot) => (snapshot ? <Books snapshot={snapshot} chosen={chosen} /> : null)}
      </Question>
    </>
  );
}

function Books({ snapshot, chosen }: { snapshot: Snapshot; chosen: string | undefined }) {
  const { t } = useTranslation();
  return (
    <>
      {snapshot.simulated ? <SimulatedBanner /> : null}
      <CalibrationWarning snapshot={snapshot} />
      <Text size="sm" mb="sm" maw="90ch">
        <strong>{t("snapshot.asOf", { day: fullDay(snapshot.as_of) })}</strong>{" "}
        {t("snapshot.read", {
          stories: count(snapshot.n_stories),
          documents: count(snapshot.n_documents),
          topics: count(snapshot.n_topics),
          candidates: count(snapshot.candidates),
          below: count(snapshot.below_support),
        })}
      </Text>
      <Places snapshot={snapshot} chosen={chosen} />
      <CountedNames snapshot={snapshot} />
    </>
  );
}
