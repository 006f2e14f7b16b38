/** Puts files of the kit's where a target expects a function's folders (/var/task, /opt) without touching the machine's own. */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { findProgram } from './target.ts';
import type { PlacedFile } from './setup.ts';

const PROBE_PATH = join(import.meta.dirname, '..', 'probe', 'probe.mjs');
const ENTER_SCRIPT = join(import.meta.dirname, 'enter-folders.sh');
const SHELL = '/bin/sh';

/** Words before a command that give it a mount namespace of its own; undefined where the machine allows none. */
export type ViewEntry = readonly string[] | undefined;

let known: { entry: ViewEntry } | undefined;

/** Tried once: as root, then in a user namespace. */
export function findViewEntry(): ViewEntry {
  known ??= { entry: tryEntries() };
  return known.entry;
}

function tryEntries(): ViewEntry {
  const unshare = findProgram('unshare');
  if (unshare === undefined || process.platform !== 'linux') return undefined;
  const candidates = [[unshare, '--mount', '--propagation', 'private'], [unshare, '--user', '--map-root-user', '--mount', '--propagation', 'private']];
  return candidates.find(([program = '', ...words]) => {
    try {
      execFileSync(program, [...words, SHELL, '-c', 'mount --bind /tmp /tmp'], { stdio: 'ignore' });
      return true;
    } catch {
      return false;
    }
  });
}

/** The words that run a command with `folders` (staging folder → place) in the view; the script closes what it does with `exec`. */
export function enterView(entry: readonly string[], options: { stagingRoot: string; workingDirectory: string; places: readonly string[] }): string[] {
  return [...entry, SHELL, ENTER_SCRIPT, options.stagingRoot, options.workingDirectory, String(options.places.length), ...options.places];
}

/** Writes one program or text of a function's folder. */
export function placeFile(path: string, file: PlacedFile, place: string): void {
  mkdirSync(file.kind === 'folder' ? path : dirname(path), { recursive: true });
  if (file.kind === 'folder') return;
  writeFileSync(path, file.kind === 'text' ? file.text : probeScript(place));
  chmodSync(path, file.mode ?? 0o644);
}

/** Passes on its arguments, so that the probe can tell whether it was given any. */
function probeScript(place: string): string {
  return `#!${SHELL}\nexec ${quote(process.execPath)} ${quote(PROBE_PATH)} ${quote(`--probe=${place}`)} "$@"\n`;
}

function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
