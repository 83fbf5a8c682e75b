import i18n from "@/i18n";

/** A question that the server did not answer, in the one shape in which every failure arrives. */
export class ApiProblem extends Error {
  override readonly name = "ApiProblem";

  constructor(
    readonly code: string,
    message: string,
    /** HTTP status; 0 when no answer came at all. */
    readonly status: number,
    readonly details: unknown = null,
  ) {
    super(message);
  }

  /** Asking the same again gives the same answer. */
  get isFinal(): boolean {
    return this.status >= 400 && this.status < 500 && this.status !== 429;
  }
}

/** From what a failed answer held; a proxy in between may have sent something else than our shape. */
export function problemFrom(body: unknown, status: number): ApiProblem {
  if (isProblemBody(body))
    return new ApiProblem(body.code, body.message, status, body.details ?? null);
  return new ApiProblem(
    "unexpected_answer",
    i18n.t("problem.unexpected", { status }),
    status,
    body,
  );
}

export function unreachable(cause: unknown): ApiProblem {
  const problem = new ApiProblem("unreachable", i18n.t("problem.unreachable"), 0);
  problem.cause = cause;
  return problem;
}

type ProblemBody = { code: string; message: string; details?: unknown };

function isProblemBody(body: unknown): body is ProblemBody {
  if (typeof body !== "object" || body === null) return false;
  const { code, message } = body as Record<string, unknown>;
  return typeof code === "string" && typeof message === "string";
}
