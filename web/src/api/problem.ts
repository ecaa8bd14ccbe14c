/**
 * Every failed request as one error type. `status` 0 means that no answer came at all. Pages show
 * `message`, which is the server's own `detail` where there is one.
 */
export class ApiProblem extends Error {
  override readonly name = "ApiProblem";

  constructor(
    readonly status: number,
    message: string,
    readonly code: string | null = null,
    readonly fields: readonly { field: string; message: string }[] = [],
  ) {
    super(message);
  }

  /** True when a key is missing, wrong or not allowed here. */
  get isAccess(): boolean {
    return this.status === 401 || this.status === 403;
  }

  get isNotFound(): boolean {
    return this.status === 404;
  }

  /** True when the same request may succeed later. */
  get isTransient(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

/** Returns the problem behind an answer that was not a success; `body` is what could be read of it. */
export function problemOf(status: number, body: unknown): ApiProblem {
  const fields = typeof body === "object" && body !== null ? (body as Record<string, unknown>) : {};
  const detail = fields.detail ?? fields.error ?? fields.title;
  const message = typeof detail === "string" && detail !== "" ? detail : `the server answered ${status}`;
  const code = fields.code;
  return new ApiProblem(status, message, typeof code === "string" ? code : null, fieldErrors(fields.errors));
}

function fieldErrors(errors: unknown): { field: string; message: string }[] {
  if (!Array.isArray(errors)) return [];
  return errors.flatMap((error: unknown) => {
    if (typeof error !== "object" || error === null) return [];
    const { field, message } = error as Record<string, unknown>;
    return typeof message === "string" ? [{ field: typeof field === "string" ? field : "", message }] : [];
  });
}

/** Returns the problem for a request that got no answer. */
export const unreachable = (): ApiProblem =>
  new ApiProblem(0, "the server did not answer; is pandaprobe running?", "unreachable");
