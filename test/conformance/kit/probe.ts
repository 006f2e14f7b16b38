/** A process that the target started, as the kit sees it: connections that it relays, commands that it carries out, its end. */
import { within } from '../http/client.ts';
import type { Wire, WireListener } from '../http/wire.ts';
import { at, isObject, numberAt, readJson, textAt } from '../json.ts';
import { ANSWER_LIMIT_MS, NothingHappened } from './nothing-happened.ts';
import { TO_KIT, TO_PROBE } from './frames.ts';
import type { Frame, ProbeHello, SendFrame } from './frames.ts';

export type ProbeSignal = { signal: string; atMs: number };

type Channel = { listener: WireListener | undefined; opened: PromiseWithResolvers<void>; early: ((listener: WireListener) => void)[] };

export class Probe {
  readonly hello: ProbeHello;
  readonly startedAtMs: number;
  /** Every signal that a trap of the process saw. */
  readonly signals: ProbeSignal[] = [];
  /** When the process was gone; settles once. */
  readonly ended: Promise<number>;
  #endedAtMs: number | undefined;
  readonly #end = Promise.withResolvers<number>();
  readonly #send: SendFrame;
  readonly #disconnect: () => void;
  readonly #channels = new Map<number, Channel>();
  readonly #results = new Map<number, PromiseWithResolvers<unknown>>();
  readonly #acceptors = new Map<number, (wire: Wire) => void>();
  #nextId = 1;
  #signalled = Promise.withResolvers<void>();

  constructor(options: { hello: ProbeHello; startedAtMs: number; send: SendFrame; disconnect: () => void }) {
    this.hello = options.hello;
    this.startedAtMs = options.startedAtMs;
    this.#send = options.send;
    this.#disconnect = options.disconnect;
    this.ended = this.#end.promise;
  }

  get isAlive(): boolean {
    return this.#endedAtMs === undefined;
  }

  /** Milliseconds since the epoch at which it was gone. */
  async waitForEnd(limitMs = ANSWER_LIMIT_MS): Promise<number> {
    return within(this.ended, limitMs, `the end of process ${this.hello.pid} (${this.hello.place})`);
  }

  async waitForSignal(signal: string, limitMs = ANSWER_LIMIT_MS): Promise<ProbeSignal> {
    for (;;) {
      const found = this.signals.find((seen) => seen.signal === signal);
      if (found !== undefined) return found;
      await within(Promise.race([this.#signalled.promise, this.ended]), limitMs, `${signal} at ${this.hello.place}`);
      if (!this.isAlive && !this.signals.some((seen) => seen.signal === signal)) throw new NothingHappened(`${signal} at ${this.hello.place}; it was gone before`);
    }
  }

  /** A connection that this process opens. */
  async open(address: { host: string; port: number }): Promise<Wire> {
    if (!this.isAlive) throw new NothingHappened(`a connection; process ${this.hello.pid} (${this.hello.place}) is gone`);
    const id = this.#nextId++;
    const channel = this.#addChannel(id);
    this.#send(TO_PROBE.open, id, Buffer.from(JSON.stringify(address)));
    await within(channel.opened.promise, ANSWER_LIMIT_MS, `a connection to ${address.host}:${address.port}`);
    return this.#wireOf(id);
  }

  /** A server of this process; each connection to it is handed over. Returns its port. */
  async listen(accept: (wire: Wire) => void): Promise<number> {
    const port = Number(await this.command('listen'));
    this.#acceptors.set(port, accept);
    return port;
  }

  async command(name: string, options: Record<string, unknown> = {}): Promise<unknown> {
    const id = this.#nextId++;
    const result = Promise.withResolvers<unknown>();
    this.#results.set(id, result);
    this.#send(TO_PROBE.command, id, Buffer.from(JSON.stringify({ ...options, name })));
    return within(Promise.race([result.promise, this.ended]), ANSWER_LIMIT_MS, `the probe's answer to ${name}`);
  }

  /** Makes the process exit: it does not outlive its connection to the kit. */
  release(): void {
    this.#disconnect();
  }

  receive(frame: Frame): void {
    const { type, channel: id, atMs, payload } = frame;
    switch (type) {
      case TO_KIT.opened:
        this.#channels.get(id)?.opened.resolve();
        break;
      case TO_KIT.data:
        this.#tell(id, (listener) => listener.data(Buffer.from(payload), atMs));
        break;
      case TO_KIT.end:
        this.#tell(id, (listener) => listener.ended(atMs));
        break;
      case TO_KIT.closed:
        this.#closed(id, atMs, textAt(readJson(payload), 'reason') ?? 'closed');
        break;
      case TO_KIT.result:
        this.#finish(id, readJson(payload));
        break;
      case TO_KIT.event:
        this.signals.push({ signal: textAt(readJson(payload), 'signal') ?? '', atMs });
        this.#signalled.resolve();
        this.#signalled = Promise.withResolvers<void>();
        break;
      case TO_KIT.accepted:
        this.#addChannel(id).opened.resolve();
        this.#acceptors.get(numberAt(readJson(payload), 'port') ?? 0)?.(this.#wireOf(id));
        break;
    }
  }

  gone(atMs: number): void {
    if (this.#endedAtMs !== undefined) return;
    this.#endedAtMs = atMs;
    for (const id of [...this.#channels.keys()]) this.#closed(id, atMs, 'the process ended');
    this.#end.resolve(atMs);
  }

  #addChannel(id: number): Channel {
    const channel: Channel = { listener: undefined, opened: Promise.withResolvers<void>(), early: [] };
    // Whoever waits for it hears of a failure; a connection that nobody waits for any more may fail unheard.
    channel.opened.promise.catch(() => {});
    this.#channels.set(id, channel);
    return channel;
  }

  #wireOf(id: number): Wire {
    return {
      write: (bytes) => this.#send(TO_PROBE.data, id, bytes),
      end: () => this.#send(TO_PROBE.end, id, Buffer.alloc(0)),
      destroy: () => this.#send(TO_PROBE.destroy, id, Buffer.alloc(0)),
      listen: (listener) => {
        const channel = this.#channels.get(id);
        if (channel === undefined) return;
        channel.listener = listener;
        for (const tell of channel.early.splice(0)) tell(listener);
      },
    };
  }

  #tell(id: number, tell: (listener: WireListener) => void): void {
    const channel = this.#channels.get(id);
    if (channel?.listener === undefined) channel?.early.push(tell);
    else tell(channel.listener);
  }

  #closed(id: number, atMs: number, reason: string): void {
    this.#channels.get(id)?.opened.reject(new NothingHappened(`a connection: ${reason}`));
    this.#tell(id, (listener) => listener.ended(atMs, reason));
    this.#channels.delete(id);
  }

  #finish(id: number, result: unknown): void {
    const waiting = this.#results.get(id);
    this.#results.delete(id);
    const error = isObject(result) ? textAt(result, 'error') : undefined;
    if (error === undefined) waiting?.resolve(at(result, 'value'));
    else waiting?.reject(new Error(`probe: ${error}`));
  }
}
