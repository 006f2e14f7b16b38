/** An answer as the model writes it. */
import type { RawAnswer } from '../../support/raw-peer.ts';
import { digest } from './digest.ts';

/** `identifier` where an extension was given one. */
export function normalised({ status, headers, body }: RawAnswer): { text: string; identifier?: string } {
  const requestId = headers.get('lambda-runtime-aws-request-id');
  if (requestId !== undefined) return { text: `${status} event ${requestId} ${headers.get('lambda-runtime-deadline-ms')} ${digest(body.toString('latin1'))}` };
  if (headers.get('content-type') !== 'application/json') return { text: String(status) };
  const identifier = headers.get('lambda-extension-identifier');
  if (identifier !== undefined) return { text: `${status} registered`, identifier };
  return { text: `${status} ${describe(JSON.parse(body.toString('utf8')))}` };
}

function describe(body: unknown): string {
  const member = (name: string): string => (typeof body === 'object' && body !== null ? String(Reflect.get(body, name)) : '');
  if (member('status') !== 'undefined') return member('status');
  if (member('eventType') === 'INVOKE') return `INVOKE ${member('requestId')} ${member('deadlineMs')}`;
  if (member('eventType') === 'SHUTDOWN') return `SHUTDOWN ${member('shutdownReason')} ${member('deadlineMs')}`;
  // What exactly is wrong with a body is said in words of our own.
  return /^InvalidRequestFormat$|ValidationError$/.test(member('errorType')) ? member('errorType') : `${member('errorType')} ${member('errorMessage')}`;
}
