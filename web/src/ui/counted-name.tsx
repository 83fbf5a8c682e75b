import { useTranslation } from "react-i18next";
import type { Shape } from "@/api/shapes";
import { count } from "@/format/numbers";
import { useWord } from "@/i18n/words";

type Name = Shape<"NameOut">;

/** On what evidence a name is counted as a topic, or by whose decision. */
export function Why({ name }: { name: Name }) {
  const { t } = useTranslation();
  const word = useWord();
  if (name.kind === null)
    return (
      <>{t("snapshot.names.decided", { number: name.decision_id, stories: count(name.stories) })}</>
    );
  return (
    <>
      {word("merge_kind", name.kind)},{" "}
      {t(name.sources > 0 ? "snapshot.names.spelt" : "snapshot.names.alike", {
        sources: count(name.sources),
        likeness: (name.likeness ?? 0).toFixed(2),
        together: count(name.together),
        stories: count(name.stories),
      })}
    </>
  );
}
