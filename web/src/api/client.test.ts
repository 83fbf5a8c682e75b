import { afterEach, expect, test, vi } from "vitest";
import { answer } from "./client";
import { ApiProblem } from "./problem";

afterEach(() => vi.restoreAllMocks());

const refused = (error: unknown, status: number) =>
  Promise.resolve({ error, response: new Response(null, { status }) });

async function problemOf(asked: Promise<never>): Promise<ApiProblem> {
  const thrown = await asked.catch((problem: unknown) => problem);
  if (!(thrown instanceof ApiProblem)) throw new Error(`no ApiProblem: ${String(thrown)}`);
  return thrown;
}

test("an answer is its data", async () => {
  const response = new Response(null, { status: 200 });
  expect(await answer(Promise.resolve({ data: 7, response }))).toBe(7);
});

test("a refusal keeps the server's code, sentence and details", async () => {
  const body = { code: "not_found", message: "There is no run r99.", details: { ref: "r99" } };
  const problem = await problemOf(answer<never>(refused(body, 404)));
  expect(problem).toMatchObject({ ...body, status: 404, isFinal: true });
});

test("an answer of somebody else (a proxy's page) is a problem too", async () => {
  const problem = await problemOf(answer<never>(refused("<html>Bad gateway</html>", 502)));
  expect(problem).toMatchObject({ code: "unexpected_answer", status: 502, isFinal: false });
});

test("no answer at all says what to do", async () => {
  const problem = await problemOf(answer<never>(Promise.reject(new TypeError("Failed to fetch"))));
  expect(problem.code).toBe("unreachable");
  expect(problem.message).toContain("nophantom serve");
});

test("a question that was withdrawn is no failure", async () => {
  const abort = new DOMException("withdrawn", "AbortError");
  await expect(answer<never>(Promise.reject(abort))).rejects.toBe(abort);
});
