/**
 * The one error class of rik. `code` is stable and is what callers compare (never `instanceof` across packages);
 * `fault` says who can act; `detail` is for the log and never reaches a public message.
 */

/** Who can act: the API user, the function's author, the runtime's or extension's author, this machine's owner, or us. */
export type Fault = 'caller' | 'function' | 'runtime' | 'environment' | 'platform';

export type CodedErrorOptions = {
  /** `folder/what-happened`, listed in the folder's `errors.ts`. */
  code: string;
  fault: Fault;
  /** A sentence part without final stop: what failed, on what, what would help. No path, token or stack of ours. */
  message: string;
  /** What the reader can do about it, as a sentence part; printed on a line of its own by the CLI. */
  hint?: string | undefined;
  detail?: Record<string, unknown> | undefined;
  cause?: unknown;
};

export class CodedError extends Error {
  readonly code: string;
  readonly fault: Fault;
  readonly hint: string | undefined;
  readonly detail: Record<string, unknown>;

  constructor(options: CodedErrorOptions) {
    super(options.message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'CodedError';
    this.code = options.code;
    this.fault = options.fault;
    this.hint = options.hint;
    this.detail = options.detail ?? {};
  }
}

/** True for a `CodedError` of any copy of this module: two copies of a package can meet in one process. */
export function isCodedError(error: unknown): error is CodedError {
  return error instanceof Error && 'code' in error && 'fault' in error && 'detail' in error;
}
