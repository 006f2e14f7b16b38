/**
 * The one inner shape of every handler: a service takes an invocation and gives a reply. Typed, raw, streaming, HTTP and
 * background handlers are each turned into it, interceptors wrap it, and the invoke loop knows nothing else.
 */
import type { InvocationContext } from './context.ts';

export type Service = {
  /** What the local mode offers: a function of events, or a web server. */
  readonly accepts: 'events' | 'http';
  call(invocation: Invocation): Promise<Reply> | Reply;
};

/** What a service answers. Nothing has been sent yet, so that an interceptor may still change it. */
export type Reply = (
  | { kind: 'json'; value: unknown }
  | { kind: 'bytes'; body: string | Uint8Array; contentType?: string | undefined }
  | { kind: 'stream'; produce: (writer: ResponseWriter) => Promise<void> | void }
) & {
  /** Work that goes on after the invoker has its answer; the next invocation is asked for when it has ended. */
  background?: Promise<unknown> | undefined;
};

export type HttpPrelude = {
  /** Default 200. */
  statusCode?: number;
  headers?: Readonly<Record<string, string>>;
  /** `Set-Cookie` values. */
  cookies?: readonly string[];
};

/** Where a streamed response is written. The head goes out with the first write or with the end. */
export type ResponseWriter = {
  /** Resolves when more may be written. Text and bytes go out as they are, every other value as JSON. Rejects once nobody takes the response any more. */
  write(chunk: unknown): Promise<void>;
  /** Default `application/octet-stream`. Throws when the head has gone out. */
  setContentType(contentType: string): void;
  /** Status, headers and cookies before the body, as function URLs and API gateways read them. Throws when the head has gone out. */
  setHttp(prelude: HttpPrelude): void;
  /** The same as a web stream, for `pipeTo`. Closing it does not end the response: the handler's return does. */
  writable(): WritableStream<unknown>;
};

export class Invocation {
  /** The event as it came. */
  readonly payload: Uint8Array;
  readonly context: InvocationContext;
  #event: { value: unknown } | undefined;

  constructor(payload: Uint8Array, context: InvocationContext) {
    this.payload = payload;
    this.context = context;
  }

  /** The event as JSON; parsed once, when it is first asked for. Throws a `SyntaxError`, which becomes an error of this invocation. */
  get event(): unknown {
    this.#event ??= { value: JSON.parse(TEXT.decode(this.payload)) };
    return this.#event.value;
  }

  /** The same invocation with another event, for interceptors. */
  withEvent(event: unknown): Invocation {
    const changed = new Invocation(new TextEncoder().encode(JSON.stringify(event)), this.context);
    changed.#event = { value: event };
    return changed;
  }
}

const TEXT = new TextDecoder();
