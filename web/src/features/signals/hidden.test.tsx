// @vitest-environment jsdom
import { screen } from "@testing-library/react";
import { show } from "@tests/show";
import { expect, test } from "vitest";
import { HiddenCount, HiddenMark } from "./hidden";
import type { Candidate } from "./queries";

const row = (hidden_by?: number | null) => ({ name: "Advent", hidden_by }) as Candidate;

test("rows that decisions hide are counted; an older server that does not say hides none", () => {
  const { unmount } = show(<HiddenCount rows={[row(3), row(null), row(), row(7)]} />);
  expect(screen.getByText(/^2 of these are hidden by your decisions/)).toBeTruthy();
  unmount();
  show(<HiddenCount rows={[row(null), row()]} />);
  expect(screen.queryByText(/hidden/)).toBeNull();
});

test("a hidden row names the decision that hides it", () => {
  show(<HiddenMark by={3} />);
  expect(screen.getByText("hidden (decision 3)")).toBeTruthy();
});
