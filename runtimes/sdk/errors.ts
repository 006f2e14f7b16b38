/**
 * Errors as they go over the wire. Body: `errorType`, `errorMessage`, `stackTrace`, and `cause` where there is one. Header:
 * always sent, in the form that the platform keeps (`Function.Name`, `Runtime.Name`; runtime-api §5.3).
 */

/** An error with a type of the author's choice; `Function.` is put before a plain name in the header. */
export class LambdaError extends Error {
  readonly errorType: string;

  constructor(errorType: string, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = errorType;
    this.errorType = errorType;
  }
}

export type ErrorBody = { errorType: string; errorMessage: string; stackTrace: string[]; cause?: ErrorBody };

/** Everything that is posted for an error. */
export type ErrorReport = { body: string; errorType: string; xrayCause: string | undefined };

/** A chain may be a circle; nobody reads further. */
const CAUSES_MAX = 8;
/** The vendor's clients drop the header from here on; servers refuse larger ones. */
const XRAY_CAUSE_CHARACTERS_MAX = 1_048_576;
/** Room for the object around it in the limit for error bodies. */
const MESSAGE_CHARACTERS_MAX = 1_000_000;

/** Never throws, whatever was thrown. */
export function reportError(error: unknown): ErrorReport {
  const body = toErrorBody(error);
  return { body: JSON.stringify(body), errorType: headerType(body.errorType), xrayCause: xrayCause(body) };
}

export function toErrorBody(error: unknown, depth = 0): ErrorBody {
  try {
    if (!isErrorLike(error)) return { errorType: typeof error, errorMessage: String(error).slice(0, MESSAGE_CHARACTERS_MAX), stackTrace: [] };
    const cause = error.cause === undefined || depth >= CAUSES_MAX ? {} : { cause: toErrorBody(error.cause, depth + 1) };
    return {
      errorType: String(error.name),
      errorMessage: String(error.message).slice(0, MESSAGE_CHARACTERS_MAX),
      stackTrace: typeof error.stack === 'string' ? error.stack.slice(0, MESSAGE_CHARACTERS_MAX).split('\n') : [],
      ...cause,
    };
  } catch {
    return { errorType: 'Runtime.UnreadableError', errorMessage: 'something was thrown that has neither a message nor a text form', stackTrace: [] };
  }
}

type ErrorLike = { name: unknown; message: unknown; stack?: unknown; cause?: unknown };

/** Errors of other realms and libraries count as well. */
function isErrorLike(error: unknown): error is ErrorLike {
  return error instanceof Error || (typeof error === 'object' && error !== null && 'name' in error && 'message' in error);
}

/** The platform keeps what contains `(Runtime|Function)` and a capitalised word, and writes `Unknown` for the rest. */
export function headerType(errorType: string): string {
  if (/^(Runtime|Function|Extension)\.[A-Z][a-zA-Z]+$/.test(errorType)) return errorType;
  const word = errorType.replace(/[^a-zA-Z]+/g, '');
  return word.length < 2 ? 'Function.Unhandled' : `Function.${word.charAt(0).toUpperCase()}${word.slice(1, 128)}`;
}

/** For tracing; one exception per error of the chain. Undefined when it is too long. */
function xrayCause(body: ErrorBody): string | undefined {
  const exceptions: { type: string; message: string; stack: Frame[] }[] = [];
  for (let at: ErrorBody | undefined = body; at !== undefined; at = at.cause) {
    const stack = at.stackTrace.map(toFrame).filter((frame) => frame !== undefined);
    exceptions.push({ type: at.errorType, message: at.errorMessage, stack });
  }
  const paths = [...new Set(exceptions.flatMap(({ stack }) => stack.map(({ path }) => path)))];
  const text = JSON.stringify({ working_directory: process.cwd(), exceptions, paths });
  // Other characters become `\uXXXX` in a header.
  const asciiLength = text.replace(/[^\x20-\x7e]/g, '\\u0000').length;
  return asciiLength < XRAY_CAUSE_CHARACTERS_MAX ? text : undefined;
}

type Frame = { path: string; line: number; label: string };

/** `at label (location:line:column)` or `at location:line:column`; modules carry a URL as location. */
function toFrame(line: string): Frame | undefined {
  const match = /^\s*at (?:(.*?) \()?(.+?):([0-9]+):[0-9]+\)?$/.exec(line);
  if (match?.[2] === undefined) return undefined;
  return { path: match[2].replace(/^file:\/\//, ''), line: Number(match[3]), label: match[1] ?? 'anonymous' };
}
