/** An error as people read it: at most three lines — what failed, why, what to try. The stack only on request. */

import { isCodedError } from '../foundation/coded-error.ts';
import { isEnvironmentError } from './exit-of-error.ts';
import { escapeControls } from './printable.ts';

/** Longer causes are cut: three lines that fill the screen are not three lines. */
const LINE_LENGTH_MAX = 600;

export function describeError(error: unknown, options: { debug: boolean }): string[] {
  const lines = summarise(error);
  if (options.debug) lines.push(...traceOf(error));
  return lines;
}

function summarise(error: unknown): string[] {
  if (isCodedError(error)) {
    const lines = [`rik: ${oneLine(error.message)}`];
    if (error.cause !== undefined) lines.push(`why: ${oneLine(messageOf(error.cause))}`);
    if (error.hint !== undefined) lines.push(`try: ${oneLine(error.hint)}`);
    return lines;
  }
  if (isEnvironmentError(error)) return [`rik: ${oneLine(error.message)}`, 'why: this machine refused it', 'try: rik doctor'];
  return ['rik: something failed inside rik', `why: ${oneLine(messageOf(error))}`, 'try: the same command with --debug, and report what it prints'];
}

function traceOf(error: unknown): string[] {
  const lines: string[] = [];
  // A cause can be its own ancestor; eight levels are more than anybody wraps.
  let current = error;
  for (let depth = 0; depth < 8 && current !== undefined; depth += 1) {
    if (isCodedError(current)) lines.push(`code: ${current.code}`);
    lines.push(...escapeControls(current instanceof Error ? (current.stack ?? current.message) : String(current), { keepNewlines: true }).split('\n'));
    current = current instanceof Error ? current.cause : undefined;
  }
  return lines;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function oneLine(text: string): string {
  const printable = escapeControls(text.replaceAll(/\s*\n\s*/g, '; ').trim());
  return printable.length > LINE_LENGTH_MAX ? `${printable.slice(0, LINE_LENGTH_MAX)}…` : printable;
}
