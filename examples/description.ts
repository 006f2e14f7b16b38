/** Reads `function.json`: what the command line needs to run an example. */
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { badDescription } from './errors.ts';

const DESCRIPTION = z.strictObject({
  /** Runtime identifier without a base, such as `nodejs24.x`. */
  runtime: z.string().min(1),
  handler: z.string().min(1),
  /** The event to invoke it with. */
  event: z.json(),
  memoryMiB: z.int().min(128).max(10_240).optional(),
  timeoutSeconds: z.int().min(1).max(900).optional(),
});

export type ExampleDescription = z.infer<typeof DESCRIPTION>;

/** Fails with `examples/bad-description`. */
export async function readExampleDescription(folder: string): Promise<ExampleDescription> {
  const name = basename(folder);
  let parsed: unknown;
  try {
    parsed = JSON.parse(await readFile(join(folder, 'function.json'), 'utf8'));
  } catch (cause) {
    throw badDescription(name, 'cannot be read as JSON', cause);
  }
  const result = DESCRIPTION.safeParse(parsed);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw badDescription(name, `is wrong at ${issue?.path.join('.') || 'its top'}: ${issue?.message ?? 'unknown reason'}`, result.error);
}
