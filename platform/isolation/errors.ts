/**
 * Error codes of this folder. The name in `isolation.md` §3.2 is the code in upper case: `isolation/not-root` is
 * ISOLATION_NOT_ROOT.
 */
import { CodedError, type Fault } from '../../foundation/coded-error.ts';

export const ISOLATION_ERRORS = {
  'isolation/not-linux': { fault: 'environment', summary: 'The namespace backend needs Linux.' },
  'isolation/not-root': { fault: 'environment', summary: 'The worker is not root and was not told that limits may be best-effort.' },
  'isolation/no-userns': { fault: 'environment', summary: 'The kernel refuses user namespaces to ordinary users.' },
  'isolation/tool-missing': { fault: 'environment', summary: 'A program that the backend runs is not installed.' },
  'isolation/tool-too-old': { fault: 'environment', summary: 'A program that the backend runs is older than the minimum.' },
  'isolation/seccomp-rejected': { fault: 'environment', summary: 'The kernel rejected the system-call filter; nothing was started.' },
  'isolation/no-cgroup': { fault: 'environment', summary: 'Control-group controllers are not available to this worker.' },
  'isolation/capability-refused': { fault: 'caller', summary: 'A request needs a capability that this worker lacks.' },
  'isolation/not-asked': { fault: 'caller', summary: 'The process backend isolates nothing and was not asked for by name.' },
  'isolation/bad-request': { fault: 'caller', summary: 'A sandbox request, its content or its limits are malformed.' },
  'isolation/start-failed': { fault: 'platform', summary: 'The launch chain ended before the sandbox was up.' },
  'isolation/mount-failed': { fault: 'platform', summary: 'A mount in the private mount namespace failed.' },
  'isolation/already-bound': { fault: 'platform', summary: 'Code and layers were given to a sandbox a second time.' },
  'isolation/no-such-process': { fault: 'platform', summary: 'A process to admit is not in the sandbox.' },
  'isolation/freeze-failed': { fault: 'platform', summary: 'The function group did not freeze in time and was thawed.' },
  'isolation/kill-failed': { fault: 'platform', summary: 'Processes were left after the kill rounds.' },
  'isolation/sandbox-gone': { fault: 'platform', summary: 'The sandbox is dead or destroyed.' },
  'isolation/leftover': { fault: 'platform', summary: 'Something of a destroyed sandbox is left on the host.' },
  'isolation/platform-folder': { fault: 'environment', summary: 'The folder for /var/rapid could not be made.' },
} as const satisfies Record<string, { fault: Fault; summary: string }>;

export type IsolationErrorCode = keyof typeof ISOLATION_ERRORS;

export function isolationError(
  code: IsolationErrorCode,
  message: string,
  extra: { hint?: string; detail?: Record<string, unknown>; cause?: unknown } = {},
): CodedError {
  return new CodedError({ code, fault: ISOLATION_ERRORS[code].fault, message, ...extra });
}
