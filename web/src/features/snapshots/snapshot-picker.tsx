import { NativeSelect } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { day } from "@/format/dates";
import i18n from "@/i18n";
import { usePatchSearch } from "@/ui/search-params";
import { type SnapshotDay, snapshotDaysQuery } from "./queries";

/** Which snapshot is looked at. It writes the address; no choice is the latest. */
export function SnapshotPicker({ chosen }: { chosen: string | undefined }) {
  const { t } = useTranslation();
  const patch = usePatchSearch();
  const { data, error } = useQuery(snapshotDaysQuery());
  const listed = data ?? [];
  const isListed = chosen === undefined || listed.some(({ id }) => String(id) === chosen);
  return (
    <NativeSelect
      label={t("snapshot.label")}
      name="snapshot"
      miw="14rem"
      value={chosen ?? ""}
      error={error?.message}
      onChange={(event) => void patch({ snapshot: event.currentTarget.value || undefined })}
      data={[
        { value: "", label: t("snapshot.latest") },
        ...listed.map((snapshot) => ({ value: String(snapshot.id), label: nameOf(snapshot) })),
        // Older than the list, or still on its way: what is chosen is never shown as something else.
        ...(isListed ? [] : [{ value: chosen, label: t("snapshot.number", { id: chosen }) }]),
      ]}
    />
  );
}

function nameOf(snapshot: SnapshotDay): string {
  const words = { day: day(snapshot.as_of), id: snapshot.id };
  return snapshot.simulated
    ? i18n.t("snapshot.optionSimulated", words)
    : i18n.t("snapshot.option", words);
}
