import { useTranslation } from "react-i18next";
import { count } from "@/format/numbers";
import { useWord, valuesOf, type WordKind, type WordOf } from "@/i18n/words";

/** The values of a closed enum to choose from, each with how many there are. */
export function useCountedOptions() {
  const { t } = useTranslation();
  const word = useWord();
  return <Kind extends WordKind>(kind: Kind, held: Partial<Record<WordOf<Kind>, number>>) =>
    valuesOf(kind).map((value) => ({
      value,
      label: t("signals.count", { word: word(kind, value), shown: count(held[value] ?? 0) }),
    }));
}
