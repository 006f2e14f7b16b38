/** A telemetry destination: the process of an extension takes the connections, the kit reads what comes. */
import { within } from '../http/client.ts';
import { writeHead } from '../http/head.ts';
import { MessageReader } from '../http/message-reader.ts';
import type { Message } from '../http/message-reader.ts';
import type { Wire } from '../http/wire.ts';
import { at, numberAt, readJson, textAt } from '../json.ts';

export type TelemetryBatch = { method: string; contentType: string; byteLength: number; isArray: boolean; atMs: number; count: number };

/** The status that a batch is answered with, now or later, or no answer at all. */
export type SinkAnswer = (batchIndex: number) => number | 'never' | Promise<number>;

export class TelemetrySink {
  readonly events: unknown[] = [];
  readonly batches: TelemetryBatch[] = [];
  /** Lines of a TCP destination that were no JSON object. */
  readonly oddLines: string[] = [];
  readonly #answer: SinkAnswer;
  #changed = Promise.withResolvers<void>();

  constructor(answer: SinkAnswer = () => 200) {
    this.#answer = answer;
  }

  acceptHttp(wire: Wire): void {
    let reader = new MessageReader({ kind: 'request' });
    const read = (bytes: Buffer, atMs: number): void => {
      reader.push(bytes, atMs);
      const { message } = reader;
      if (message === undefined) return;
      const rest = reader.takeRest();
      reader = new MessageReader({ kind: 'request' });
      this.#take(message, wire);
      if (rest.length > 0) read(rest, atMs);
    };
    wire.listen({ data: read, ended: () => wire.end() });
  }

  acceptTcp(wire: Wire): void {
    let received = '';
    wire.listen({
      data: (bytes) => {
        received += bytes.toString('utf8');
        const lines = received.split('\n');
        received = lines.pop() ?? '';
        for (const line of lines.filter((text) => text !== '')) {
          const event = readJson(line);
          if (textAt(event, 'type') === undefined) this.oddLines.push(line);
          else this.events.push(event);
        }
        this.#progressed();
      },
      ended: () => wire.end(),
    });
  }

  ofType(type: string): unknown[] {
    return this.events.filter((event) => textAt(event, 'type') === type);
  }

  types(): string[] {
    return this.events.map((event) => textAt(event, 'type') ?? '');
  }

  /** The n-th event of a type. */
  async waitFor(type: string, options: { index?: number; limitMs?: number } = {}): Promise<unknown> {
    const { index = 0, limitMs = 4_000 } = options;
    await this.until(() => this.ofType(type).length > index, `event ${type}`, limitMs);
    return this.ofType(type)[index];
  }

  async until(condition: () => boolean, what: string, limitMs = 4_000): Promise<void> {
    const deadlineMs = performance.now() + limitMs;
    while (!condition()) await within(this.#changed.promise, deadlineMs - performance.now(), `${what} at the telemetry destination`);
  }

  #take(message: Message, wire: Wire): void {
    const answer = this.#answer(this.batches.length);
    const parsed = readJson(message.body);
    const events: unknown[] = Array.isArray(parsed) ? parsed : [];
    this.batches.push({
      method: message.startLine.split(' ')[0] ?? '',
      contentType: message.headers.get('content-type') ?? '',
      byteLength: message.body.length,
      isArray: Array.isArray(parsed),
      atMs: message.endAtMs,
      count: events.length,
    });
    if (answer === 'never') this.#progressed();
    else void Promise.resolve(answer).then((status) => this.#acknowledge(status, events, wire));
  }

  #acknowledge(status: number, events: readonly unknown[], wire: Wire): void {
    if (status === 200) this.events.push(...events);
    wire.write(writeHead(`HTTP/1.1 ${status} Answer`, [['Content-Length', '0']]));
    this.#progressed();
  }

  #progressed(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers<void>();
  }
}

export function recordOf(event: unknown): unknown {
  return at(event, 'record');
}

export function requestIdOf(event: unknown): string | undefined {
  return textAt(event, 'record', 'requestId');
}

export function metric(event: unknown, name: string): number | undefined {
  return numberAt(event, 'record', 'metrics', name);
}
