// @vitest-environment jsdom
import { screen } from "@testing-library/react";
import { show } from "@tests/show";
import { expect, test } from "vitest";
import { KeyNumbers } from "./key-numbers";
import { Products } from "./products";
import type { Judged, Topic } from "./queries";
import { Related } from "./related";

const SNAPSHOT = { log_threshold: 10 } as Topic["snapshot"];
const JUDGED = {
  name: "Zorb",
  place: "signal",
  standing: "confirmed",
  onset: "2022-12-01",
  log_e: 31.1,
  stories: 34,
  families: 3,
  related: [],
  products: [],
} as unknown as Judged;
const PRODUCT = {
  native_id: "github:a/zorb",
  kind: "repository",
  title: "a/zorb",
  url: "https://github.com/a/zorb",
  is_named: true,
  first_seen: "2022-11-01",
  last_seen: "2022-12-20",
  documents: 3,
} as const;

test("the products of a signal say which of them bears its name, and lead to their page", () => {
  const other = { ...PRODUCT, native_id: "web:1", title: "On Zorb", url: null, is_named: false };
  show(<Products judged={{ ...JUDGED, products: [PRODUCT, other] }} />);
  expect(screen.getByRole("link", { name: /a\/zorb/ }).getAttribute("href")).toBe(PRODUCT.url);
  expect(screen.queryByRole("link", { name: /On Zorb/ })).toBeNull();
  expect(screen.getByText("a/zorb").closest("tr")?.textContent).toContain("this topic");
  expect(screen.getByText("On Zorb").closest("tr")?.textContent).toContain("another");
});

test("what has nothing beside it shows no empty table", () => {
  const { container } = show(
    <>
      <Products judged={JUDGED} />
      <Related judged={JUDGED} snapshot="1" />
    </>,
  );
  expect(container.querySelector("table")).toBeNull();
});

test("how many families of sources tell a topic stands beside its stories, where it was counted", () => {
  const { unmount } = show(<KeyNumbers judged={JUDGED} snapshot={SNAPSHOT} />);
  expect(screen.getByText(/3 families of sources tell it/)).toBeTruthy();
  unmount();
  show(<KeyNumbers judged={{ ...JUDGED, families: null }} snapshot={SNAPSHOT} />);
  expect(screen.queryByText(/of sources tell/)).toBeNull();
});
