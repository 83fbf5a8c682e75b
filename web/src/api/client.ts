import createClient, { type Middleware } from "openapi-fetch";
import { type ApiProblem, problemFrom, unreachable } from "./problem";
import type { paths } from "./schema";
import { askForToken, readToken } from "./token";

const authorisation: Middleware = {
  onRequest({ request }) {
    const token = readToken();
    if (token !== null) request.headers.set("Authorization", `Bearer ${token}`);
    return request;
  },
  onResponse({ response }) {
    if (response.status === 401) askForToken();
    return response;
  },
};

/** The typed client: `client.GET("/api/v1/…")`. Always through `answer`, so that failures are thrown. */
export const client = createClient<paths>({
  baseUrl: globalThis.location?.origin ?? "",
  credentials: "same-origin",
  // Looked up per call, so that a test can put its own fetch in place.
  fetch: (request) => globalThis.fetch(request),
});
client.use(authorisation);

type Answer<T> = { data?: T; error?: unknown; response: Response };

/**
 * The data of an answer, or an ApiProblem thrown.
 *
 * @example
 * queryFn: ({ signal }) => answer(client.GET("/api/v1/runs", { params: { query }, signal }))
 */
export async function answer<T>(asked: Promise<Answer<T>>): Promise<T> {
  let got: Answer<T>;
  try {
    got = await asked;
  } catch (cause) {
    throw isAbort(cause) ? cause : whatWentWrong(cause);
  }
  if (!got.response.ok) throw problemFrom(got.error, got.response.status);
  return got.data as T;
}

/** A body that is no JSON breaks the reading of it; everything else that breaks is the way to the server. */
function whatWentWrong(cause: unknown): ApiProblem {
  return cause instanceof SyntaxError ? problemFrom(null, 200) : unreachable(cause);
}

function isAbort(cause: unknown): boolean {
  return cause instanceof DOMException && cause.name === "AbortError";
}
