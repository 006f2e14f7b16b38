/** Options of `function create` and `function update` that describe a function's configuration, and what they become. */

import { FUNCTION_MEMORY_MIB_MAX, FUNCTION_MEMORY_MIB_MIN, FUNCTION_TIMEOUT_SECONDS_MAX, TMP_MIB_DEFAULT, TMP_MIB_MAX } from '../runtime-api/protocol/limits.ts';
import type { FunctionChanges } from './api-client.ts';
import { cliError } from './errors.ts';
import type { ParsedInput } from './parsed-input.ts';
import type { VerbOption } from './verb.ts';

export const RUNTIME_OPTION = { flags: '--runtime IDENTIFIER', kind: 'text', summary: 'Runtime, such as nodejs24.x, python3.11, java17 or provided.al2023' } as const satisfies VerbOption;
export const HANDLER_OPTION = { flags: '--handler NAME', kind: 'text', summary: 'Handler, such as index.handler or example.Handler::handleRequest' } as const satisfies VerbOption;
export const CODE_OPTION = { flags: '--code DIR|ZIP', kind: 'text', summary: 'Folder (packed reproducibly) or zip file with the code' } as const satisfies VerbOption;
export const ARCHITECTURES = ['x86_64', 'arm64'] as const;

export const SETTING_OPTIONS = [
  { flags: '--timeout SECONDS', kind: 'integer', summary: 'Time that one invocation may take', minimum: 1, maximum: FUNCTION_TIMEOUT_SECONDS_MAX },
  { flags: '--memory MIB', kind: 'integer', summary: 'Memory limit; the share of the processors follows it', minimum: FUNCTION_MEMORY_MIB_MIN, maximum: FUNCTION_MEMORY_MIB_MAX },
  { flags: '--tmp MIB', kind: 'integer', summary: 'Size of /tmp', minimum: TMP_MIB_DEFAULT, maximum: TMP_MIB_MAX },
  { flags: '--env KEY=VALUE', kind: 'list', summary: 'Environment variable' },
  { flags: '--role ARN', kind: 'text', summary: 'Execution role; rik stores it and, without an account, does not assume it' },
  { flags: '--description TEXT', kind: 'text', summary: 'Description' },
] as const satisfies readonly VerbOption[];

/** Only what was given: everything else keeps its value or takes the API's default. */
export function readFunctionChanges(input: ParsedInput): FunctionChanges {
  const tmpMiB = input.integer('tmp');
  const environment = input.list('env');
  return {
    ...optional('Runtime', input.text('runtime')),
    ...optional('Handler', input.text('handler')),
    ...optional('Role', input.text('role')),
    ...optional('Description', input.text('description')),
    ...optional('Timeout', input.integer('timeout')),
    ...optional('MemorySize', input.integer('memory')),
    ...optional('EphemeralStorage', tmpMiB === undefined ? undefined : { Size: tmpMiB }),
    ...optional('Environment', environment.length === 0 ? undefined : { Variables: parseVariables(environment) }),
  };
}

/** Names as the API takes them; reserved ones are left to the API, whose list is the one that counts. */
export function parseVariables(words: readonly string[]): Record<string, string> {
  const variables = new Map<string, string>();
  for (const word of words) {
    const [, name, value] = /^([a-zA-Z][a-zA-Z0-9_]+)=([\s\S]*)$/.exec(word) ?? [];
    if (name === undefined || value === undefined) {
      throw cliError('cli/usage', `--env takes KEY=VALUE, a key of two letters, digits or underscores or more, not "${word.split('=')[0] ?? ''}"`, { hint: '--env STAGE=test' });
    }
    if (variables.has(name)) throw cliError('cli/usage', `--env sets ${name} twice`, { hint: 'one value for each key' });
    variables.set(name, value);
  }
  // Not a plain object at first: a key such as __proto__ must stay a key.
  return Object.fromEntries(variables);
}

function optional<Name extends string, Value>(name: Name, value: Value | undefined): Partial<Record<Name, Value>> {
  const made: Partial<Record<Name, Value>> = {};
  if (value !== undefined) made[name] = value;
  return made;
}
