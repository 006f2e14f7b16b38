/** The answer of one request to a function URL: of a response that comes as a whole, or of a stream while it comes. */
import type { ServerResponse } from 'node:http';
import type { HeaderPairs } from '../front-door/cors.ts';
import { AMZN_REQUEST_ID_HEADER } from '../protocol/headers.ts';
import { HTTP_INTEGRATION_CONTENT_TYPE } from '../protocol/function-url.ts';
import type { InvocationAnswer } from '../protocol/invocation.ts';
import { replyOfResponse } from './http-reply.ts';
import type { HttpHead } from './http-reply.ts';
import { PreludeReader } from './prelude-reader.ts';

export type UrlAnswerOptions = {
  response: ServerResponse;
  requestId: string;
  /** Of CORS: they stand in place of the function's own. */
  corsHeaders: HeaderPairs;
  /** Why the client got 502, for the function's author. */
  complain(what: string): void;
};

export class UrlAnswer {
  readonly #options: UrlAnswerOptions;
  readonly #response: ServerResponse;
  /** While the prelude of a stream has not ended. */
  #prelude: PreludeReader | undefined;
  #hasBegun = false;
  /** The stream is of no use: the rest of it is thrown away. */
  #isRefused = false;
  #resume: () => void = () => {};

  constructor(options: UrlAnswerOptions) {
    this.#options = options;
    this.#response = options.response;
    this.#response.on('drain', () => this.#resume());
    // Whoever produces goes on to the end, unread.
    this.#response.on('close', () => this.#resume());
  }

  begun({ contentType, resume }: { contentType: string | undefined; resume(): void }): void {
    this.#hasBegun = true;
    this.#resume = resume;
    if (contentType?.split(';')[0]?.trim().toLowerCase() === HTTP_INTEGRATION_CONTENT_TYPE) this.#prelude = new PreludeReader();
    else this.#writeHead({ status: 200, headers: [['Content-Type', contentType ?? 'application/octet-stream']] });
  }

  piece(bytes: Buffer): boolean {
    if (this.#isRefused || this.#response.destroyed) return true;
    if (this.#prelude === undefined) return this.#write(bytes);
    const progress = this.#prelude.accept(bytes);
    if (progress.kind === 'more') return true;
    this.#prelude = undefined;
    if (progress.kind === 'bad') {
      this.#refuse(progress.malformed);
      return true;
    }
    this.#writeHead(progress.head);
    return this.#write(progress.rest);
  }

  end(result: InvocationAnswer): void {
    this.#resume = () => {};
    if (this.#isRefused) return;
    if (this.#response.headersSent) {
      if (result.isFunctionError) this.#breakOff();
      else this.#response.end();
    } else if (result.isFunctionError) {
      this.#refuse(`the function failed${result.errorType === undefined ? '' : ` (${result.errorType})`}: ${result.body.toString('utf8').slice(0, 500)}`);
    } else if (this.#hasBegun) {
      this.#refuse('the stream ended inside its prelude');
    } else {
      this.#endWhole(result.body);
    }
  }

  /** The client gets what was written, which must not pass for the whole: in chunks the last one is missing, else the connection is reset. */
  #breakOff(): void {
    const { socket } = this.#response;
    if (this.#response.chunkedEncoding) socket?.destroySoon();
    else socket?.resetAndDestroy();
  }

  #endWhole(body: Buffer): void {
    const reply = replyOfResponse(body);
    if ('malformed' in reply) return this.#refuse(reply.malformed);
    this.#writeHead(reply, reply.body.length);
    this.#response.end(reply.body);
  }

  #refuse(what: string): void {
    this.#isRefused = true;
    this.#options.complain(what);
    const text = 'Internal Server Error';
    this.#writeHead({ status: 502, headers: [['Content-Type', 'application/json']] }, text.length);
    this.#response.end(text);
  }

  #write(bytes: Buffer): boolean {
    return bytes.length === 0 || this.#response.write(bytes);
  }

  #writeHead({ status, headers }: HttpHead, bodyBytes?: number): void {
    const { corsHeaders, requestId } = this.#options;
    const isCorsOurs = corsHeaders.length > 0;
    for (const [name, value] of headers) {
      if (!(isCorsOurs && /^access-control-/i.test(name))) this.#response.appendHeader(name, value);
    }
    for (const [name, value] of [...corsHeaders, [AMZN_REQUEST_ID_HEADER, requestId] as const]) this.#response.setHeader(name, value);
    if (bodyBytes !== undefined && status !== 204 && status !== 304) this.#response.setHeader('Content-Length', bodyBytes);
    this.#response.writeHead(status);
    // The client learns it at once, however long the first bytes of the body take.
    this.#response.flushHeaders();
  }
}
