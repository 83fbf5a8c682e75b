import { Group, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Shape } from "@/api/shapes";
import { day } from "@/format/dates";
import { count } from "@/format/numbers";
import { AsKnownOn } from "./as-known-on";
import { SnapshotPicker } from "./snapshot-picker";

type SnapshotOfTopicProps = {
  chosen: string | undefined;
  snapshot: Shape<"SnapshotOut"> | undefined;
};

/** In which snapshot a topic is looked at, and the choice of another. */
export function SnapshotOfTopic({ chosen, snapshot }: SnapshotOfTopicProps) {
  const { t } = useTranslation();
  return (
    <>
      <Group align="flex-end" gap="md" mb="sm">
        <SnapshotPicker chosen={chosen} />
        {snapshot ? (
          <Text size="sm" pb={8}>
            {t("snapshot.judged", {
              day: day(snapshot.as_of),
              candidates: count(snapshot.candidates),
            })}
          </Text>
        ) : null}
      </Group>
      {snapshot ? <AsKnownOn shown={snapshot} chosen={chosen} /> : null}
    </>
  );
}
