/** Turns the paths of a command line into test files, with what each file says about itself in its first lines. */

import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { listFiles } from '../repository.ts';

export type TestFile = {
  path: string;
  timeLimitSeconds: number;
  /** Runs while no other test file runs. */
  isExclusive: boolean;
};

export type FoundTestFiles = { files: TestFile[]; /** Paths that gave no test file: a suite that ran nothing is red. */ empty: string[] };

const TIME_LIMIT_DEFAULT_SECONDS = 120;
const TIME_LIMIT_MAX_SECONDS = 3600;
/** Directives stand at the top, so that a reader sees them first and a string further down is never taken for one. */
const DIRECTIVE_LINES = 20;
const TEST_FILE_NAME = /\.test\.ts$/;

export function findTestFiles(paths: readonly string[], workingFolder: string): FoundTestFiles {
  const files = new Map<string, TestFile>();
  const empty: string[] = [];
  for (const path of paths) {
    const found = expand(resolve(workingFolder, path));
    if (found.length === 0) empty.push(path);
    for (const file of found) files.set(file, { path: file, ...readDirectives(readFileSync(file, 'utf8')) });
  }
  return { files: [...files.values()], empty };
}

export function readDirectives(source: string): { timeLimitSeconds: number; isExclusive: boolean } {
  const top = source.split('\n', DIRECTIVE_LINES);
  let timeLimitSeconds = TIME_LIMIT_DEFAULT_SECONDS;
  for (const line of top) {
    const seconds = /^\/\/ time-limit-seconds: (\d+)\s*$/.exec(line)?.[1];
    if (seconds !== undefined) timeLimitSeconds = Math.min(Math.max(Number(seconds), 1), TIME_LIMIT_MAX_SECONDS);
  }
  return { timeLimitSeconds, isExclusive: top.some((line) => /^\/\/ exclusive\b/.test(line)) };
}

function expand(path: string): string[] {
  const status = statSync(path, { throwIfNoEntry: false });
  if (status === undefined) return [];
  // A file that is named outright is run whatever its name is; a folder gives only what is called a test.
  return status.isDirectory() ? listFiles(path).filter((file) => TEST_FILE_NAME.test(file)) : [path];
}
