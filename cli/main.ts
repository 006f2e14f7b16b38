/**
 * The command line: parse → validate → run → print. This file alone exits the process and catches everything.
 * The verbs are in `commands/`; each is an object from which the parser, the help and the documents are made.
 */

import { VERBS, VERB_GROUPS } from './commands/index.ts';
import { describeError } from './error-report.ts';
import { exitCodeOf, type ExitName } from './exit-codes.ts';
import { exitOfError } from './exit-of-error.ts';
import { watchInterrupts } from './interrupts.ts';
import { openOutput } from './output.ts';
import { packageVersion } from './package-files.ts';
import { isDebugAsked, parseCommandLine } from './parse-command-line.ts';

/** Runs one command line and ends the process. */
export async function main(words: readonly string[]): Promise<void> {
  const debug = isDebugAsked(words);
  const fail = (error: unknown): ExitName => {
    process.stderr.write(`${describeError(error, { debug }).join('\n')}\n`);
    return exitOfError(error);
  };
  process.on('uncaughtException', (error) => process.exit(exitCodeOf(fail(error))));
  let ending: ExitName;
  try {
    ending = await runWords(words);
  } catch (error) {
    ending = fail(error);
  }
  // A pipe that is slow to be read must not cost the last lines.
  await Promise.all([flush(process.stdout), flush(process.stderr)]);
  process.exit(exitCodeOf(ending));
}

async function runWords(words: readonly string[]): Promise<ExitName> {
  const parsed = parseCommandLine(words, { verbs: VERBS, groups: VERB_GROUPS, version: packageVersion() });
  if (parsed.kind === 'help') {
    process.stdout.write(parsed.text);
    return 'OK';
  }
  if (parsed.kind === 'no-verb') {
    process.stderr.write(parsed.text);
    return 'USAGE';
  }
  const { verb, input, isJson } = parsed;
  surviveClosedPipes(verb.interrupt === 'verb' ? 'go-on' : 'end');
  const output = openOutput({ isJson, stdout: process.stdout, stderr: process.stderr, environment: process.env });
  const interrupted = verb.interrupt === 'verb' ? watchInterrupts({ end: (code) => process.exit(code) }) : new AbortController().signal;
  return verb.run({ input, output, environment: process.env, interrupted });
}

/** `rik … | head` is no failure: a reader that has seen enough closes the pipe. A verb that has to clean up goes on unheard. */
function surviveClosedPipes(reaction: 'end' | 'go-on'): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
      if (reaction === 'end') process.exit(exitCodeOf('OK'));
    });
  }
}

function flush(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => void stream.write('', () => resolve()));
}

if (import.meta.main) await main(process.argv.slice(2));
