/** What outcomes look like in an observation. */
import { shown } from '../../kit/recorder.ts';
import { isObject, textAt } from '../../json.ts';
import type { Exit } from './runtime-process.ts';
import type { Outcome } from './trial.ts';

export type SeenOutcome = {
  kind: Outcome['kind'];
  status: number | string | null | undefined;
  body: string;
  json: unknown;
  contentType: string | undefined;
  errorType: string | undefined;
  errorMessage: string | undefined;
};

export function seenOutcome(outcome: Outcome): SeenOutcome {
  const { kind, message, exit, json } = outcome;
  return {
    kind,
    status: exit === undefined ? undefined : seenExit(exit),
    body: message === undefined ? '' : shown(message.body),
    json,
    contentType: message?.headers.get('content-type'),
    errorType: textAt(json, 'errorType'),
    errorMessage: textAt(json, 'errorMessage'),
  };
}

/** Exit status, or the signal's name. */
export function seenExit(exit: Exit): number | string | null {
  return exit.signal ?? exit.code;
}

/** The error of the contract's failing functions, whatever the language adds to its message. */
export function isErrorObject(json: unknown): boolean {
  return isObject(json) && typeof json['errorType'] === 'string' && typeof json['errorMessage'] === 'string';
}
