/** A folder as a function: what `rik invoke DIR` runs without an API. Settings come from options, then from function.json, then from what is there. */

import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { FUNCTION_MEMORY_MIB_MAX, FUNCTION_MEMORY_MIB_MIN, FUNCTION_TIMEOUT_SECONDS_MAX } from '../runtime-api/protocol/limits.ts';
import { cliError } from './errors.ts';
import { parseVariables } from './function-options.ts';
import type { ParsedInput } from './parsed-input.ts';

export const SETTINGS_FILE = 'function.json';

const SETTINGS = z.strictObject({
  runtime: z.string().optional(),
  handler: z.string().optional(),
  timeoutSeconds: z.number().int().min(1).max(FUNCTION_TIMEOUT_SECONDS_MAX).optional(),
  memoryMiB: z.number().int().min(FUNCTION_MEMORY_MIB_MIN).max(FUNCTION_MEMORY_MIB_MAX).optional(),
  environment: z.record(z.string(), z.string()).optional(),
  event: z.unknown().optional(),
  /** Free text for readers; not used. */
  description: z.string().optional(),
});
export type LocalSettings = z.infer<typeof SETTINGS>;

export type LocalFunction = {
  runtime: string;
  handler: string;
  timeoutSeconds: number | undefined;
  memoryMiB: number | undefined;
  variables: Record<string, string>;
  /** JSON text of the event that the folder suggests. */
  event: string;
};

/** What a folder most likely is, by the files that the vendor's guides begin with. */
const GUESSES: readonly { file: RegExp; runtime: string; handler: string }[] = [
  { file: /^bootstrap$/, runtime: 'provided.al2023', handler: 'function.handler' },
  { file: /^index\.m?js$/, runtime: 'nodejs24.x', handler: 'index.handler' },
  { file: /^lambda_function\.py$/, runtime: 'python3.11', handler: 'lambda_function.lambda_handler' },
];

export function readLocalFunction(folder: string, input: ParsedInput): LocalFunction {
  const settings = readSettings(folder);
  const guess = GUESSES.find(({ file }) => readdirSync(folder).some((name) => file.test(name)));
  const runtime = input.text('runtime') ?? settings.runtime ?? guess?.runtime;
  const handler = input.text('handler') ?? settings.handler ?? (runtime === guess?.runtime ? guess?.handler : undefined);
  if (runtime === undefined || handler === undefined) {
    throw cliError('cli/usage', `it cannot be told from ${folder} which ${runtime === undefined ? 'runtime' : 'handler'} it needs`, {
      hint: runtime === undefined ? '--runtime nodejs24.x --handler index.handler' : '--handler index.handler',
    });
  }
  return {
    runtime,
    handler,
    timeoutSeconds: input.integer('timeout') ?? settings.timeoutSeconds,
    memoryMiB: input.integer('memory') ?? settings.memoryMiB,
    variables: { ...settings.environment, ...parseVariables(input.list('env')) },
    event: JSON.stringify(settings.event ?? {}),
  };
}

function readSettings(folder: string): LocalSettings {
  const path = join(folder, SETTINGS_FILE);
  if (!existsSync(path)) return {};
  try {
    return SETTINGS.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch (error) {
    const why = error instanceof z.ZodError ? `${error.issues[0]?.path.join('.')}: ${error.issues[0]?.message}` : 'it is not JSON';
    throw cliError('cli/usage', `${path} cannot be used: ${why}`, { hint: 'members: runtime, handler, timeoutSeconds, memoryMiB, environment, event', cause: error });
  }
}
