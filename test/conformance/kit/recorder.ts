/** Keeps what a case sent and got, for the report of its failure. */
import type { Exchange } from '../http/client.ts';
import type { Message } from '../http/message-reader.ts';
import type { HttpRequest } from '../http/request.ts';

/** Of a body; the rest is counted only. */
const SHOWN_BYTES = 2_000;
/** A case that sends thousands of requests is not made clearer by all of them. */
const RECORDS_MAX = 200;
/** Fields whose value is nobody's business in a report that may be published. */
const SECRET_FIELDS = /^(authorization|cookie|set-cookie|x-amz-security-token)$/i;

export type RecordedExchange = {
  who: string;
  atMs: number;
  request: string;
  requestHeaders: Record<string, string>;
  requestBody: string;
  reply: { atMs: number; startLine: string; headers: Record<string, string>; body: string; isComplete: boolean } | undefined;
};

export class Recorder {
  readonly #startedAtMs: number;
  readonly #records: RecordedExchange[] = [];
  readonly #byExchange = new WeakMap<Exchange, RecordedExchange>();

  constructor(startedAtMs: number) {
    this.#startedAtMs = startedAtMs;
  }

  get records(): readonly RecordedExchange[] {
    return this.#records;
  }

  sent(who: string, exchange: Exchange, request: HttpRequest): void {
    if (this.#records.length >= RECORDS_MAX) return;
    const record: RecordedExchange = {
      who,
      atMs: Math.round(exchange.startedAtMs - this.#startedAtMs),
      request: `${request.method} ${request.path}`,
      requestHeaders: redact(Object.entries(request.headers ?? {})),
      requestBody: shown(Buffer.concat((request.chunks ?? [request.body ?? '']).map((part) => Buffer.from(part)))),
      reply: undefined,
    };
    this.#records.push(record);
    this.#byExchange.set(exchange, record);
  }

  received(exchange: Exchange, message: Message): void {
    const record = this.#byExchange.get(exchange);
    if (record === undefined) return;
    record.reply = {
      atMs: Math.round(message.endAtMs - this.#startedAtMs),
      startLine: message.startLine,
      headers: redact([...message.headers]),
      body: shown(message.body),
      isComplete: message.isComplete,
    };
  }
}

export function redact(fields: readonly (readonly [string, string])[]): Record<string, string> {
  return Object.fromEntries(fields.map(([name, value]) => [name, SECRET_FIELDS.test(name) ? '(redacted)' : value.slice(0, SHOWN_BYTES)]));
}

export function shown(bytes: Buffer): string {
  const text = bytes.subarray(0, SHOWN_BYTES).toString('utf8').replace(/[^\n\t\x20-\x7e\u00a0-\uffff]/g, '\ufffd');
  return bytes.length > SHOWN_BYTES ? `${text}… (${bytes.length} bytes)` : text;
}
