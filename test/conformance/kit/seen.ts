/** What replies look like in an observation: the members that the catalogue speaks about, ids made comparable. */
import type { Reply } from '../http/client.ts';
import { readJson, textAt } from '../json.ts';
import { shown } from './recorder.ts';

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi;

export const UUID_PATTERN = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

export function withoutIds(text: string | undefined): string | undefined {
  return text?.replace(UUID, '<id>');
}

export type SeenReply = {
  status: number;
  contentType: string | undefined;
  errorType: string | undefined;
  errorMessage: string | undefined;
  body: string;
};

/** A reply of the Runtime API to one of its callers. */
export function seenReply(reply: Reply): SeenReply {
  const json = readJson(reply.text);
  return {
    status: reply.status,
    contentType: reply.headers.get('content-type'),
    errorType: textAt(json, 'errorType'),
    errorMessage: withoutIds(textAt(json, 'errorMessage')),
    body: shown(reply.body),
  };
}

export type SeenAnswer = SeenReply & { functionError: string | undefined };

/** What the invoker got. */
export function seenAnswer(reply: Reply): SeenAnswer {
  return { ...seenReply(reply), functionError: reply.headers.get('x-amz-function-error') };
}
