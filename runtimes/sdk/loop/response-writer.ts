/**
 * One streamed response on the wire: head, chunks, and after a failure the two trailers (runtime-api §8). The prelude of
 * an HTTP response goes out even when nothing follows.
 */
import { HTTP_INTEGRATION_CONTENT_TYPE, PRELUDE_SEPARATOR_BYTES } from '../../../runtime-api/protocol/http-prelude.ts';
import type { StreamCall } from '../../node/runtime-client.ts';
import { LambdaError, type ErrorReport } from '../errors.ts';
import type { HttpPrelude, ResponseWriter } from '../service.ts';

export type WireWriter = ResponseWriter & {
  /** Undefined until the head has gone out. */
  readonly call: StreamCall | undefined;
  end(failure?: ErrorReport): StreamCall;
};

export type WireWriterOptions = {
  open: (contentType: string) => StreamCall;
  /** Nobody takes the rest: the connection is gone, or the answer came before the end. */
  onRefused: (reason: Error) => void;
};

export function createWireWriter({ open, onRefused }: WireWriterOptions): WireWriter {
  let contentType = 'application/octet-stream';
  let prelude: Buffer | undefined;
  let call: StreamCall | undefined;
  let state: { kind: 'open' } | { kind: 'ended' } | { kind: 'refused'; reason: Error } = { kind: 'open' };

  const begin = (): { begun: StreamCall; first: Buffer[] } => {
    if (call !== undefined) return { begun: call, first: [] };
    const begun = open(contentType);
    call = begun;
    const refuse = (reason: Error): void => {
      if (state.kind !== 'open') return;
      state = { kind: 'refused', reason };
      onRefused(reason);
    };
    begun.reply.then(
      ({ status }) => refuse(new LambdaError('Runtime.ResponseRefused', `the platform has answered ${status} before the end of the response`)),
      (error: unknown) => refuse(new LambdaError('Runtime.ResponseRefused', 'the connection to the platform has broken', { cause: error })),
    );
    return { begun, first: prelude === undefined ? [] : [prelude] };
  };
  const beforeHead = (): void => {
    if (call !== undefined) throw new LambdaError('Runtime.TooLateForHead', 'the head of the response has gone out already');
  };
  const write = (chunk: unknown): Promise<void> => {
    if (state.kind === 'refused') return rejectedQuietly(state.reason);
    if (state.kind === 'ended') return rejectedQuietly(new LambdaError('Runtime.WriteAfterEnd', 'the response has ended'));
    const bytes = toBytes(chunk);
    const { begun, first } = begin();
    return new Promise((resolve) => begun.write([...first, bytes], resolve));
  };
  return {
    get call() {
      return call;
    },
    write,
    setContentType(type) {
      beforeHead();
      contentType = type;
    },
    setHttp(metadata) {
      beforeHead();
      contentType = HTTP_INTEGRATION_CONTENT_TYPE;
      prelude = encodePrelude(metadata);
    },
    writable: () => new WritableStream({ write }),
    end(failure) {
      const { begun, first } = begin();
      if (first.length > 0) begun.write(first, () => undefined);
      if (state.kind === 'open') state = { kind: 'ended' };
      begun.end(failure);
      return begun;
    },
  };
}

export function encodePrelude({ statusCode = 200, headers = {}, cookies = [] }: HttpPrelude): Buffer {
  return Buffer.concat([Buffer.from(JSON.stringify({ statusCode, headers, cookies }), 'utf8'), Buffer.alloc(PRELUDE_SEPARATOR_BYTES)]);
}

/** A handler that does not wait for its writes must not end the process by it. */
function rejectedQuietly(reason: Error): Promise<never> {
  const rejected = Promise.reject<never>(reason);
  rejected.catch(() => undefined);
  return rejected;
}

/** Text and bytes as they are, everything else as JSON. */
export function toBytes(chunk: unknown): Buffer {
  if (typeof chunk === 'string') return Buffer.from(chunk, 'utf8');
  if (ArrayBuffer.isView(chunk)) return Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  if (chunk instanceof ArrayBuffer) return Buffer.from(chunk);
  const text: string | undefined = JSON.stringify(chunk);
  if (text === undefined) throw new TypeError(`a ${typeof chunk} cannot be written to a response`);
  return Buffer.from(text, 'utf8');
}
