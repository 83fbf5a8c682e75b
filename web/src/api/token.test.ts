// @vitest-environment jsdom
import { afterEach, expect, test, vi } from "vitest";
import { answer, client } from "./client";
import { isTokenWanted, keepToken } from "./token";

afterEach(() => vi.unstubAllGlobals());

function server(status: number, body: unknown) {
  const sent: (string | null)[] = [];
  vi.stubGlobal("fetch", async (request: Request) => {
    sent.push(request.headers.get("Authorization"));
    return Response.json(body, { status });
  });
  return sent;
}

const ask = () => answer(client.GET("/api/v1/runs"));

test("a refusal for want of a token asks for one, and the next question brings it", async () => {
  const refused = server(401, { code: "unauthorised", message: "Give the token.", details: null });
  await expect(ask()).rejects.toMatchObject({ code: "unauthorised", status: 401 });
  expect(refused).toEqual([null]);
  expect(isTokenWanted()).toBe(true);

  keepToken("a-token-of-16-or-more");
  expect(isTokenWanted()).toBe(false);
  const page = { items: [], next_cursor: null, total: 0, total_is_exact: true };
  const answered = server(200, page);
  expect(await ask()).toEqual(page);
  expect(answered).toEqual(["Bearer a-token-of-16-or-more"]);
});
