/**
 * What a verb of the command line is: data that the parser, the help and `docs/cli.md` are made from, and one function.
 * A verb's file is loaded at every start, also for `--help`; whatever is heavy is imported inside `run`.
 */

import type { ExitName } from './exit-codes.ts';
import type { Output } from './output.ts';
import type { ParsedInput } from './parsed-input.ts';

export type VerbArgument = {
  /** As help shows it, in capitals: `NAME`. */
  name: string;
  summary: string;
  arity: 'one' | 'optional' | 'any-number';
};

type OptionText = {
  /** Long flag and the name of its value: `--timeout SECONDS`, `--json`. */
  flags: `--${string}`;
  summary: string;
};

/** `defaultText` is shown only; the verb applies the default, because it may depend on the machine. */
export type VerbOption =
  | (OptionText & { kind: 'switch' })
  | (OptionText & { kind: 'text'; isRequired?: boolean; choices?: readonly string[]; defaultText?: string })
  | (OptionText & { kind: 'integer'; isRequired?: boolean; minimum: number; maximum: number; defaultText?: string })
  | (OptionText & { kind: 'list' });

export type VerbExample = { command: string; says: string };

export type VerbContext = {
  input: ParsedInput;
  output: Output;
  environment: Readonly<Record<string, string | undefined>>;
  /** Fires at the first SIGINT, SIGTERM or SIGHUP, for verbs with `interrupt: 'verb'` only. */
  interrupted: AbortSignal;
};

export type Verb = {
  /** With its group: `function create`. */
  name: string;
  /** One line without final stop. */
  summary: string;
  description?: string;
  arguments: readonly VerbArgument[];
  options: readonly VerbOption[];
  examples: readonly VerbExample[];
  /** `verb`: the verb watches `interrupted` and cleans up; otherwise a signal ends the process at once. */
  interrupt?: 'verb';
  run(context: VerbContext): Promise<ExitName>;
};

/** Verbs that consist of two words belong to a group, which has a line of its own in the help. */
export type VerbGroup = { name: string; summary: string };

/** `--timeout SECONDS` → `timeout`; the name by which `ParsedInput` finds the value. */
export function optionName(option: VerbOption): string {
  return (option.flags.split(' ')[0] ?? '').slice(2);
}
