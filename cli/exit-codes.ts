/**
 * The exit codes of `rik`: named, documented in `docs/exit-codes.md`, never reused for another meaning.
 * A run that a signal ends follows the shell's custom instead (128 + the signal's number).
 */

export const EXIT_CODES = {
  OK: { code: 0, meaning: 'The command did what was asked.' },
  FINDINGS: { code: 1, meaning: 'The command ran to its end and found something that needs attention.' },
  USAGE: { code: 2, meaning: 'The command line was not understood, or a file that it names cannot be used.' },
  ENVIRONMENT: { code: 3, meaning: 'Something is missing on this machine, or the platform is not running; `rik doctor` says what.' },
  INTEGRITY: { code: 4, meaning: 'Something stored or downloaded is not what its digest or signature says.' },
  FUNCTION_ERROR: { code: 5, meaning: 'The function ran and reported an error, timed out or crashed.' },
  REJECTED: { code: 6, meaning: 'The platform understood the request and refused it.' },
  PLATFORM: { code: 70, meaning: 'rik itself failed; run again with `--debug` and report what it prints.' },
} as const;

export type ExitName = keyof typeof EXIT_CODES;

export function exitCodeOf(name: ExitName): number {
  return EXIT_CODES[name].code;
}
