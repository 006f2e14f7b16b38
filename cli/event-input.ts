/** `--event FILE|-|JSON`: the event of one invocation, from wherever it comes. */

import { existsSync, readFileSync } from 'node:fs';
import { cliError } from './errors.ts';

/** A word that is neither `-` nor an existing file must be JSON itself, so a misspelt file name is noticed. */
export function readEvent(word: string | undefined, fallback: string): Buffer {
  if (word === undefined) return Buffer.from(fallback, 'utf8');
  const bytes = word === '-' ? readFileSync(0) : existsSync(word) ? readFileSync(word) : Buffer.from(word, 'utf8');
  try {
    JSON.parse(bytes.toString('utf8'));
  } catch {
    const isFile = word === '-' || existsSync(word);
    throw cliError('cli/usage', isFile ? `the event in ${word === '-' ? 'standard input' : word} is not JSON` : `--event "${word}" is neither a file nor JSON`, {
      hint: `--event '{"key":"value"}', --event event.json, or --event - to read standard input`,
    });
  }
  return bytes;
}
