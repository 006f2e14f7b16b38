/** Operating-system codes in the words of the Go runtime, which users know from AWS. Source: Go `syscall/zerrors_linux_amd64.go`. */
const REASONS: Record<string, string> = {
  ENOENT: 'no such file or directory',
  EACCES: 'permission denied',
  EPERM: 'operation not permitted',
  ENOEXEC: 'exec format error',
  ENOTDIR: 'not a directory',
  ELOOP: 'too many levels of symbolic links',
  ENAMETOOLONG: 'file name too long',
  ETXTBSY: 'text file busy',
  E2BIG: 'argument list too long',
  EAGAIN: 'resource temporarily unavailable',
  ENOMEM: 'cannot allocate memory',
  EMFILE: 'too many open files',
};

export function errorReason(error: unknown): string {
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
  // The shape of Go's error for a path or an argument with a NUL in it.
  if (code === 'ERR_INVALID_ARG_VALUE') return 'invalid argument';
  return REASONS[code] ?? 'could not be started';
}
