/** A request of the runtime as the reports show it. */
import { redact, shown } from '../../kit/recorder.ts';
import type { RecordedExchange } from '../../kit/recorder.ts';
import type { ServedCall } from './served-call.ts';

export function recordCall(call: ServedCall, startedAtMs: number): RecordedExchange {
  const { answer } = call;
  const body = answer?.chunks === undefined ? Buffer.from(answer?.body ?? '') : Buffer.concat(answer.chunks.map((chunk) => Buffer.from(chunk)));
  return {
    who: `runtime, connection ${call.connection}`,
    atMs: Math.round(call.atMs - startedAtMs),
    request: call.label,
    requestHeaders: redact([...call.headers]),
    requestBody: `${shown(call.body)}${call.isWhole ? '' : ' (not ended)'}`,
    reply:
      answer === undefined
        ? undefined
        : {
            atMs: Math.round((call.answeredAtMs ?? startedAtMs) - startedAtMs),
            startLine: `HTTP/1.1 ${answer.status}`,
            headers: redact(Object.entries(answer.headers ?? {})),
            body: shown(body),
            isComplete: true,
          },
  };
}
