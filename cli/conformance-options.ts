/** Which cases: the options that `rik conformance run` and `list` share. */

import type { ParsedInput } from './parsed-input.ts';
import type { VerbOption } from './verb.ts';
import { cliError } from './errors.ts';

export const SELECTION_OPTIONS: readonly VerbOption[] = [
  { flags: '--case ID', kind: 'list', summary: 'Only this case: its id, or its id in the catalogue; may be repeated' },
  { flags: '--tag NAME', kind: 'list', summary: 'Only the cases of this topic, or that need this feature; may be repeated' },
  { flags: '--level LEVEL', kind: 'list', summary: 'Only cases of this level: required, optional or observed; may be repeated' },
];

type Suite = typeof import('../test/conformance/index.ts');
export type Selection = Parameters<Suite['runSuite']>[0]['selection'];

/** Cases at the same time. */
export const JOBS_DEFAULT = 8;
/** How long a call that must wait is left waiting. */
export const PATIENCE_SECONDS_DEFAULT = 40;
export const TOLERANCE_MAX = 100;

export function readSelection(input: ParsedInput, suite: Suite): Selection {
  const ids = input.list('case');
  const tags = input.list('tag');
  const levels = input.list('level').map((name) => {
    const level = suite.LEVELS.find((known) => known === name);
    if (level === undefined) throw cliError('cli/usage', `--level takes ${suite.LEVELS.join(', ')}, not "${name}"`);
    return level;
  });
  return { ...(ids.length === 0 ? {} : { ids }), ...(tags.length === 0 ? {} : { tags }), ...(levels.length === 0 ? {} : { levels }) };
}

/** What the suite refuses, as an error of the command line; anything else is passed on. */
export async function withSuiteFaults<Value>(suite: Suite, act: () => Promise<Value>): Promise<Value> {
  try {
    return await act();
  } catch (error) {
    const fault = suite.faultOf(error);
    if (fault === undefined) throw error;
    const code = fault.kind === 'usage' ? 'cli/usage' : 'cli/target-unusable';
    throw cliError(code, fault.message, { hint: fault.hint === '--help' ? '`rik help conformance run`' : fault.hint });
  }
}
