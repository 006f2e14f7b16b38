/**
 * Errors as Lambda's Node.js runtime puts them on the wire, in the log and in the X-Ray header.
 * Source: specification notes managed-runtimes §1.5, §2.8 (behaviour of the vendor's runtime for Node.js 24).
 */
import { loadUtil } from './builtins.ts';

/** Faults that this runtime finds itself; the names are wire text. */
export type RuntimeFaultType =
  | 'Runtime.MalformedHandlerName'
  | 'Runtime.HandlerNotFound'
  | 'Runtime.ImportModuleError'
  | 'Runtime.UserCodeSyntaxError'
  | 'Runtime.CallbackHandlerDeprecated'
  | 'Runtime.MalformedStreamingHandler'
  | 'Runtime.InvalidStreamingOperation'
  | 'Runtime.StreamError'
  | 'Runtime.JSONStringifyError'
  | 'Runtime.NodeJsExit'
  | 'Runtime.UnhandledPromiseRejection'
  | 'Runtime.PlatformError';

export class RuntimeFault extends Error {
  constructor(type: RuntimeFaultType, message: string, stack?: string) {
    super(message);
    // Not enumerable, so that the log does not repeat it next to `errorType`.
    Object.defineProperty(this, 'name', { value: type, configurable: true, writable: true });
    // The header line of a stack is fixed when it is captured, so it is captured again under the wire name.
    if (stack === undefined) Error.captureStackTrace(this, RuntimeFault);
    else this.stack = stack;
  }
}

type ErrorLike = { name: string; message: string; stack: string };

function isErrorLike(value: unknown): value is ErrorLike {
  if (loadUtil().types.isNativeError(value)) return true;
  if (typeof value !== 'object' || value === null) return false;
  return ['name', 'message', 'stack'].every((member) => {
    const text: unknown = Reflect.get(value, member);
    return typeof text === 'string' && text !== '';
  });
}

/** U+007F is replaced as the vendor's runtime does, whose header writer could not carry it. */
function withoutDelete(text: string): string {
  return text.replaceAll('\x7f', '%7F');
}

export type WireError = { errorType: string; errorMessage: string; trace: string[] };

/** The body of `/error` and `/init/error`, before it becomes JSON. Never throws, whatever was thrown. */
export function toWireError(error: unknown): WireError {
  try {
    if (isErrorLike(error)) {
      return {
        errorType: withoutDelete(String(error.name)),
        errorMessage: withoutDelete(String(error.message)),
        trace: withoutDelete(String(error.stack)).split('\n'),
      };
    }
    return { errorType: typeof error, errorMessage: withoutDelete(String(error)), trace: [] };
  } catch {
    return {
      errorType: 'handled',
      errorMessage:
        'callback called with Error argument, but there was a problem while retrieving one or more of its message, name, and stack',
      trace: [],
    };
  }
}

/** What the log shows after `Invoke Error`: type, message, own enumerable properties, stack as lines. */
export function toLoggedError(error: unknown): Record<string, unknown> {
  const shown = isErrorLike(error) ? error : new Error(describeThrown(error));
  try {
    return {
      errorType: shown.name,
      errorMessage: shown.message,
      ...shown,
      stack: String(shown.stack).split('\n'),
    };
  } catch {
    return { errorType: 'handled', errorMessage: 'the error could not be read' };
  }
}

/** A value that is no error becomes one for the log only. */
export function intoError(value: unknown): Error {
  return value instanceof Error ? value : new Error(describeThrown(value));
}

export function describeThrown(value: unknown): string {
  try {
    return String(value);
  } catch {
    return 'a value without a text form';
  }
}

/** One MiB is where the vendor's clients drop the header; servers refuse larger ones. */
const XRAY_CAUSE_BYTES_MAX = 1_048_576;

/** Value of the X-Ray cause header; undefined when there is nothing to say or too much. */
function toXrayCause(error: unknown, workingDirectory: string): string | undefined {
  if (error === undefined || error === null) return undefined;
  try {
    if (!isErrorLike(error)) {
      return JSON.stringify({ working_directory: workingDirectory, exceptions: [{ stack: [] }], paths: [] });
    }
    const stack = String(error.stack).split('\n').map(toFrame).filter((frame) => frame !== undefined);
    const paths = [...new Set(stack.map((frame) => frame.path))];
    const cause = JSON.stringify({
      working_directory: workingDirectory,
      exceptions: [{ type: String(error.name), message: String(error.message), stack }],
      paths,
    });
    return cause.length < XRAY_CAUSE_BYTES_MAX ? cause : undefined;
  } catch {
    return undefined;
  }
}

/** The body of `/error` with its X-Ray header. */
export function errorReport(error: unknown): { body: string; xrayCause: string | undefined } {
  return { body: JSON.stringify(toWireError(error)), xrayCause: toXrayCause(error, process.cwd()) };
}

/** The body of `/init/error` with the type for its header. */
export function initErrorReport(error: unknown): { body: string; errorType: string } {
  const wireError = toWireError(error);
  return { body: JSON.stringify(wireError), errorType: wireError.errorType };
}

/** `    at label (location:line:column)` or `    at location:line:column`; ESM frames carry a URL as location. */
function toFrame(line: string): { path: string; line: number; label: string } | undefined {
  const match = /^\s*at (?:(.*?) \()?(.+?):([0-9]+):[0-9]+\)?$/.exec(line);
  if (match?.[2] === undefined) return undefined;
  return { path: match[2].replace(/^file:\/\//, ''), line: Number(match[3]), label: match[1] ?? 'anonymous' };
}

export function nextRefusalText(status: number): string {
  return `Failed to get next invocation: the Runtime API answered ${status}`;
}

/** Of a response or an error that the platform did not take. */
export function refusalText(status: number): string {
  return `LAMBDA_RUNTIME Failed to post handler response. Http response code: ${status}.`;
}
