import { useTranslation } from "react-i18next";
import en from "./en.json";

type Words = (typeof en)["words"];
/** The closed enums that have words: verdict, phase, standing … */
export type WordKind = keyof Words;
export type WordOf<Kind extends WordKind> = keyof Words[Kind] & string;

/** All values of a closed enum, in the order in which lists name them; a test holds them to the API's. */
export function valuesOf<Kind extends WordKind>(kind: Kind): WordOf<Kind>[] {
  return Object.keys(en.words[kind]) as WordOf<Kind>[];
}

/**
 * Names of the values of closed enums: `word("phase", signal.phase)`.
 *
 * A value that the API may send and en.json does not name is a compile error. A server newer than
 * this page may still send one: then its code is shown, never a blank.
 */
export function useWord(): <Kind extends WordKind>(kind: Kind, value: WordOf<Kind>) => string {
  const { t } = useTranslation();
  return (kind, value) =>
    (t as (key: string, options: { defaultValue: string }) => string)(`words.${kind}.${value}`, {
      defaultValue: value,
    });
}
