import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import en from "../src/i18n/en.json";
import { audit, keysOf } from "./i18n-audit";

/**
 * Keys that are put together while the program runs, by their beginning.
 * `words.`: names of closed enums, which useWord() asks for, and which other languages and reports read too.
 */
const DYNAMIC = ["words."];

function sources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return sources(path);
    return /\.tsx?$/.test(entry.name) && !/\.test\.|\.d\.ts$/.test(entry.name)
      ? [readFileSync(path, "utf8")]
      : [];
  });
}

test("every key that is used has words, and every word is used", () => {
  const texts = sources(join(import.meta.dirname, "../src"));
  expect(texts.length).toBeGreaterThan(30); // the scan found the sources
  expect(audit(texts, keysOf(en), DYNAMIC)).toEqual({ missing: [], unused: [] });
});

test("the audit bites in both directions", () => {
  const keys = ["a.title", "a.rows_one", "a.rows_other", "a.menu", "b.left", "words.phase.new"];
  const text = `
    t("a.title"); t("a.rows", { count: 2 }); const label = "a.menu";
    t("a.gone"); <Trans i18nKey="a.alsoGone" />; t(\`a.none.\${kind}\`);
  `;
  expect(audit([text], keys, ["words."])).toEqual({
    missing: ["a.alsoGone", "a.gone", "a.none.*"],
    unused: ["b.left"],
  });
});

test("a text that is shown has words", () => {
  const blank = keysOf(en).filter((key) => valueAt(key).trim() === "");
  expect(blank).toEqual([]);
});

test("every closed enum of the API has a name for each value, and no other", () => {
  const schemas: Record<string, { enum?: string[] }> = JSON.parse(
    readFileSync(join(import.meta.dirname, "../../openapi.json"), "utf8"),
  ).components.schemas;
  const enums = Object.entries(schemas).flatMap(([name, { enum: values }]) =>
    values ? [[name.replace(/(?<=.)[A-Z]/g, "_$&").toLowerCase(), values.toSorted()]] : [],
  );
  const words = Object.entries(en.words).map(([kind, names]) => [
    kind,
    Object.keys(names).toSorted(),
  ]);
  expect(Object.fromEntries(words)).toEqual(Object.fromEntries(enums));
});

function valueAt(key: string): string {
  return String(
    key.split(".").reduce<unknown>((at, part) => (at as Record<string, unknown>)[part], en),
  );
}
