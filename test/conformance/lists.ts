/** Lists of cases that are expected to fail, or that sometimes do: one id per line, below a comment that gives the reason. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Lists } from './result.ts';

export class ListFault extends Error {}

/** `known-failing/<target>.txt` and `flaky/<target>.txt`; a target without a list has none. */
export function loadLists(targetName: string, folder: string = import.meta.dirname): Lists {
  return { knownFailing: loadList(join(folder, 'known-failing', `${targetName}.txt`)), flaky: loadList(join(folder, 'flaky', `${targetName}.txt`)) };
}

function loadList(path: string): ReadonlyMap<string, string> {
  return existsSync(path) ? parseList(readFileSync(path, 'utf8'), path) : new Map();
}

/** Id → reason. The reason holds until the next comment. */
export function parseList(text: string, path: string): ReadonlyMap<string, string> {
  const entries = new Map<string, string>();
  let reason = '';
  let isInComment = false;
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.trim();
    if (line === '') {
      reason = '';
      isInComment = false;
    } else if (line.startsWith('#')) {
      const words = line.slice(1).trim();
      reason = isInComment ? `${reason} ${words}` : words;
      isInComment = true;
    } else {
      isInComment = false;
      if (reason === '') throw new ListFault(`${path}:${index + 1}: ${line} has no reason above it`);
      if (entries.has(line)) throw new ListFault(`${path}:${index + 1}: ${line} is listed twice`);
      entries.set(line, reason);
    }
  }
  return entries;
}
