import { expect, test } from "vitest";
import { dropsSearch, parseSearch, signalsSearch, stringifySearch } from "./search";

test("a search text that looks like a number stays a text", () => {
  expect(signalsSearch.parse(parseSearch("?q=123")).q).toBe("123");
  expect(stringifySearch({ q: "123", sort: undefined, cursor: "" })).toBe("?q=123");
});

test("what an address says wrongly counts as not said", () => {
  const search = signalsSearch.parse(parseSearch("?phase=new&standing=confirmed&other=1"));
  expect(search).toEqual({ phase: undefined, standing: "confirmed" });
});

test("every text survives the way through the address", () => {
  const q = 'c++ & "rust"=100% ü';
  expect(parseSearch(stringifySearch({ q }))).toEqual({ q });
});

test("a snapshot is its number; anything else is the latest", () => {
  expect(signalsSearch.parse({ snapshot: "12" }).snapshot).toBe("12");
  expect(signalsSearch.parse({ snapshot: "latest" }).snapshot).toBeUndefined();
  expect(signalsSearch.parse({ snapshot: "1&q=2" }).snapshot).toBeUndefined();
});

test("topics and items are dropped for reasons of their own", () => {
  const search = dropsSearch.parse({ of: "items", reason: "bad_date", itemReason: "bad_date" });
  expect(search).toEqual({ of: "items", reason: undefined, itemReason: "bad_date" });
});
