// @vitest-environment jsdom
import { screen } from "@testing-library/react";
import { show } from "@tests/show";
import { beforeEach, expect, test, vi } from "vitest";
import { HiddenCount, HiddenMark } from "./hidden";

const patched = vi.fn();
vi.mock("@/ui/search-params", () => ({ usePatchSearch: () => patched }));
beforeEach(() => patched.mockClear());

test("hidden rows are counted by the kind of decision and can be shown", () => {
  show(<HiddenCount hidden={{ not_a_technology: 1, mute: 2 }} shown={undefined} />);
  expect(
    screen.getByText(/^3 hidden by your decisions: 2 muted, 1 not a technology\./),
  ).toBeTruthy();
  screen.getByRole("button", { name: "Show them" }).click();
  expect(patched).toHaveBeenCalledWith({ hidden: "shown" });
});

test("where they are shown they are marked, and can be hidden again", () => {
  show(<HiddenCount hidden={{ mute: 1 }} shown="shown" />);
  expect(
    screen.getByText(/^1 that your decisions hide is shown and marked: 1 muted\./),
  ).toBeTruthy();
  screen.getByRole("button", { name: "Hide them" }).click();
  expect(patched).toHaveBeenCalledWith({ hidden: undefined });
});

test("where none is hidden nothing is said; an older server that does not say hides none", () => {
  show(<HiddenCount hidden={{}} shown={undefined} />);
  show(<HiddenCount hidden={undefined} shown={undefined} />);
  expect(screen.queryByText(/hidden/)).toBeNull();
});

test("a hidden row names the decision that hides it", () => {
  show(<HiddenMark by={3} />);
  expect(screen.getByText("hidden (decision 3)")).toBeTruthy();
});
