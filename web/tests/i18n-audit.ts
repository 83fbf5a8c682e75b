/** Compares the keys that sources use with the keys that have words. */

const PLURAL = /_(zero|one|two|few|many|other)$/;
/** t("key"), i18n.t("key"), i18nKey="key". */
const ASKED = /(?:\bt\(\s*|i18nKey=\{?)(["'])([\w.]+)\1/g;
/** t(`start.${…}`): everything under that start. */
const ASKED_BY_START = /\bt\(\s*`([\w.]*)\$\{/g;
/** Any text in quotes: a key may be kept in a table and asked for later. */
const QUOTED = /["'`]([\w.]+)["'`]/g;

type Words = { [key: string]: string | Words };

/** "a.b" for every text, nested by dots. */
export function keysOf(words: Words, start = ""): string[] {
  return Object.entries(words).flatMap(([key, value]) =>
    typeof value === "string" ? [start + key] : keysOf(value, `${start}${key}.`),
  );
}

function found(texts: string[], pattern: RegExp, group: number): Set<string> {
  return new Set(
    texts.flatMap((text) => [...text.matchAll(pattern)].map((hit) => hit[group] ?? "")),
  );
}

/** Keys that are asked for and have no words, and keys with words that nobody asks for. */
export function audit(texts: string[], keys: string[], dynamic: string[]) {
  const known = new Set(keys.map((key) => key.replace(PLURAL, "")));
  const starts = [...found(texts, ASKED_BY_START, 1)].filter((start) => start !== "");
  const quoted = found(texts, QUOTED, 1);
  const begins = (key: string) => [...dynamic, ...starts].some((start) => key.startsWith(start));
  const missing = [
    ...[...found(texts, ASKED, 2)].filter((key) => !known.has(key)),
    ...starts
      .filter((start) => !keys.some((key) => key.startsWith(start)))
      .map((start) => `${start}*`),
  ];
  const unused = [...known].filter((key) => !quoted.has(key) && !begins(key));
  return { missing: missing.sort(), unused: unused.sort() };
}
