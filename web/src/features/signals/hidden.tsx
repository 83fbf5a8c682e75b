import { Button, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { count } from "@/format/numbers";
import { useWord, valuesOf } from "@/i18n/words";
import { usePatchSearch } from "@/ui/search-params";
import styles from "./columns.module.css";

/** The mark of a row that a decision hides, where such rows are shown. */
export function HiddenMark({ by }: { by: number | null | undefined }) {
  const { t } = useTranslation();
  return typeof by === "number" ? (
    <span className={styles.note}>{t("signals.hiddenBy", { number: by })}</span>
  ) : null;
}

type HiddenCountProps = {
  /** Of all pages, by the kind of decision; an older server does not say. */
  hidden: { [kind: string]: number } | undefined;
  /** As the address says it. */
  shown: "shown" | undefined;
};

/** How many rows of a list decisions hide, and the way to see them; nothing where none is hidden. */
export function HiddenCount({ hidden = {}, shown }: HiddenCountProps) {
  const { t } = useTranslation();
  const word = useWord();
  const patch = usePatchSearch();
  const kinds = valuesOf("decision_kind").filter((kind) => (hidden[kind] ?? 0) > 0);
  const total = kinds.reduce((sum, kind) => sum + (hidden[kind] ?? 0), 0);
  if (total === 0) return null;
  const told = kinds.map((kind) =>
    t("signals.hiddenKind", { shown: count(hidden[kind]), kind: word("decision_kind", kind) }),
  );
  const said = { count: total, shown: count(total), kinds: told.join(", ") };
  return (
    <Text component="div" size="sm" mb="xs">
      {shown ? t("signals.hiddenShown", said) : t("signals.hidden", said)}{" "}
      <Button
        size="compact-sm"
        variant="default"
        onClick={() => void patch({ hidden: shown ? undefined : "shown" })}
      >
        {shown ? t("signals.hideThem") : t("signals.showThem")}
      </Button>
    </Text>
  );
}
