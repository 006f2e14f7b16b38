/** Texts of the wire, copied character for character. Sources beside each. */
import type { ExitReport } from './invocation.ts';

/** Source: RIE `rapi/rendering/render_error.go` at 4fa2157. */
export const INVALID_REQUEST_ID_MESSAGE = 'Invalid request ID';
export const INVALID_RESPONSE_MODE_MESSAGE = 'Invalid function response mode';
export const TRUNCATED_REQUEST_MESSAGE = 'HTTP request detected as truncated';
/** Plain text. Source: RIE `rapi/handler/credentials.go`. */
export const NO_CREDENTIALS_MESSAGE = 'cannot get credentials for the provided token';
export const INVOKE_TIMEOUT_MESSAGE = 'Invoke timeout';
export const INTERNAL_SERVER_ERROR_MESSAGE = 'Internal Server Error';

export function invalidTransitionMessage(from: string, to: string): string {
  return `State transition from ${from} to ${to} failed for runtime. Error: State transition is not allowed`;
}

/** To the runtime. Source: RIE `rapi/rendering/render_error.go`. */
export function tooLargeReplyMessage(bytesMax: number): string {
  return `Exceeded maximum allowed payload size (${bytesMax} bytes).`;
}

/** To the invoker. Source: LocalStack AWS-validated snapshot `test_lambda_too_large_response`. */
export function tooLargeResponseMessage(bytesMax: number): string {
  return `Response payload size exceeded maximum allowed payload size (${bytesMax} bytes).`;
}

/** The same in RIE. Source: RIE `interop/model.go` at 4fa2157. */
export function tooLargeResponseMessageRie(bytes: number, bytesMax: number): string {
  return `Response payload size (${bytes} bytes) exceeded maximum allowed payload size (${bytesMax} bytes).`;
}

/** `timeoutMs` is the configured time-out, not the time that passed. Source: snapshot of November 2025. */
export function timedOutMessage(requestId: string, timeoutMs: number): string {
  return `RequestId: ${requestId} Error: Task timed out after ${(timeoutMs / 1000).toFixed(2)} seconds`;
}

/** The same in RIE, which takes whole seconds. Source: RIE `internal/lambda/rie/handlers.go`. */
export function timedOutMessageRie(timeoutMs: number): string {
  return `Task timed out after ${Math.floor(timeoutMs / 1000)}.00 seconds`;
}

/** Without source beyond the type and the limit. */
export function restoreTimedOutMessage(requestId: string, timeoutMs: number): string {
  return `RequestId: ${requestId} Error: After-restore hooks timed out after ${(timeoutMs / 1000).toFixed(2)} seconds`;
}

/** Signal names as the Go runtime prints them, which is what reaches users. Source: Go `syscall/zerrors_linux_amd64.go`. */
const SIGNAL_TEXTS: Record<string, string> = {
  SIGABRT: 'aborted',
  SIGBUS: 'bus error',
  SIGFPE: 'floating point exception',
  SIGHUP: 'hangup',
  SIGILL: 'illegal instruction',
  SIGINT: 'interrupt',
  SIGKILL: 'killed',
  SIGPIPE: 'broken pipe',
  SIGQUIT: 'quit',
  SIGSEGV: 'segmentation fault',
  SIGSYS: 'bad system call',
  SIGTERM: 'terminated',
  SIGTRAP: 'trace/breakpoint trap',
  SIGXCPU: 'CPU time limit exceeded',
  SIGXFSZ: 'file size limit exceeded',
};

/** What an extension's end is called. Source: observed `Extension.Crash` bodies; RIE `rapid/exit.go` prints Go's text of the exit. */
export function extensionExitText(exit: ExitReport): string {
  if ('signal' in exit) return `signal: ${SIGNAL_TEXTS[exit.signal] ?? exit.signal}`;
  return exit.code === 0 ? 'exit code 0' : `exit status ${exit.code}`;
}

export function extensionFailedMessage(requestId: string, text: string): string {
  return `RequestId: ${requestId} Error: ${text}`;
}

/** Source: snapshots `test_lambda_invoke_with_timeout`, `TestLambdaErrors`. */
export function exitMessage(requestId: string, exit: ExitReport): string {
  if ('signal' in exit) {
    return `RequestId: ${requestId} Error: Runtime exited with error: signal: ${SIGNAL_TEXTS[exit.signal] ?? exit.signal}`;
  }
  return exit.code === 0
    ? `RequestId: ${requestId} Error: Runtime exited without providing a reason`
    : `RequestId: ${requestId} Error: Runtime exited with error: exit status ${exit.code}`;
}

/** Source: widely quoted on AWS; the current text is unverified. */
export function noBootstrapMessage(requestId: string, triedPaths: readonly string[]): string {
  return `RequestId: ${requestId} Error: Couldn't find valid bootstrap(s): [${triedPaths.join(' ')}]`;
}

/** Source: RIE `rapidcore/standalone`, working directory of the bootstrap. */
export function invalidWorkingDirectoryMessage(requestId: string, path: string): string {
  return path.startsWith('/')
    ? `RequestId: ${requestId} Error: the working directory doesn't exist: ${path}`
    : `RequestId: ${requestId} Error: the working directory '${path}' is invalid, it needs to be an absolute path`;
}

/** Source: RIE spawn failures carry the operating system's text. */
export function spawnFailedMessage(requestId: string, path: string, reason: string): string {
  return `RequestId: ${requestId} Error: fork/exec ${path}: ${reason}`;
}
