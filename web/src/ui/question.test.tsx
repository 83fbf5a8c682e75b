// @vitest-environment jsdom
import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { show } from "@tests/show";
import { expect, test, vi } from "vitest";
import { ApiProblem } from "@/api/problem";
import { type Asked, Question } from "./question";

const ASKED: Asked<string[]> = {
  data: undefined,
  error: null,
  isFetching: false,
  refetch: () => undefined,
};

function ask(query: Partial<Asked<string[]>>) {
  return show(
    <Question
      label="Runs"
      query={{ ...ASKED, ...query }}
      isEmpty={(runs) => runs.length === 0}
      empty={{ title: "No run yet", advice: "Import a log:", command: "nophantom logs import DIR" }}
    >
      {(runs) => <p>{runs.join(", ")}</p>}
    </Question>,
  );
}

test("waiting is said and marked busy", () => {
  ask({ isFetching: true });
  expect(screen.getByRole("status").textContent).toContain("Loading: Runs");
  expect(screen.getByRole("region", { name: "Runs" }).getAttribute("aria-busy")).toBe("true");
});

test("a failure shows the server's advice and its code, and can be tried again", async () => {
  const refetch = vi.fn();
  ask({ error: new ApiProblem("not_found", "There is no run r99. Try r1 to r12.", 404), refetch });
  const alert = screen.getByRole("alert");
  expect(alert.textContent).toContain("There is no run r99. Try r1 to r12.");
  expect(alert.textContent).toContain("not_found");
  await userEvent.click(screen.getByRole("button", { name: "Try again" }));
  expect(refetch).toHaveBeenCalledOnce();
});

test("nothing is explained, with a command to type", () => {
  ask({ data: [] });
  expect(screen.getByRole("heading", { name: "No run yet" })).toBeTruthy();
  expect(screen.getByText("nophantom logs import DIR")).toBeTruthy();
});

test("an answer is shown, and nothing else", () => {
  ask({ data: ["r1", "r2"] });
  expect(screen.getByText("r1, r2")).toBeTruthy();
  expect(screen.queryByRole("status")).toBeNull();
  expect(screen.queryByRole("alert")).toBeNull();
});

test("an old answer stays in sight when asking again fails", () => {
  ask({ data: ["r1"], error: new ApiProblem("unreachable", "No server.", 0) });
  expect(screen.getByText("r1")).toBeTruthy();
  expect(screen.getByRole("alert").textContent).toContain("No server.");
});
