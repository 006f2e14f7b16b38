/**
 * An environment with several invocations at once as the model sees it, by section 15 of the protocol notes. Without extensions and
 * streams: those are the classic model's.
 */
import { digest } from './digest.ts';
import { idOf, INVALID_ID, OK, refuse, reportedError, TRUNCATED } from './model-calls.ts';
import { ModelConnection } from './model-connection.ts';
import type { Pending, Plan } from './model-connection.ts';
import { payloadOf, platformBody, platformFailure, timedOut } from './model-environment.ts';
import type { Model, ModelFailure } from './model-environment.ts';
import { ModelLife } from './model-life.ts';
import type { Facts } from './request-text.ts';
import type { ProcessName } from './step.ts';
import { EPOCH_MS, INIT_ERROR, refusedForRuntime, RESPONSE_BYTES_MAX, TIMES } from './tables.ts';

export const WORKERS = 3;
const LATE = '410 InvokeTimeout Invoke timeout';

type InHand = { id: string; deadlineMs: number | undefined; isStarted: boolean; failure: ModelFailure | undefined };
/** An invocation that the runtime has; `over` is what a call that is still on its way is told. */
type Exchange = { inHand: InHand; state: 'Running' | 'response' | 'error' | 'sent'; over: string | undefined };

export class ConcurrentModel implements Model {
  readonly heard: string[] = [];
  readonly deliveredIds: string[] = [];
  phase: 'initializing' | 'serving' | 'ended' = 'initializing';
  life: ModelLife | undefined = new ModelLife([]);
  nowMs = 0;
  invocations = 0;
  readonly #connections = new Set<ModelConnection>();
  readonly #inHand = new Map<string, InHand>();
  readonly #exchanges = new Map<string, Exchange>();
  readonly #late = new Set<string>();
  #undelivered: InHand[] = [];
  #initEndsMs: number | undefined = TIMES.init;
  #reported: { failure: ModelFailure; atMs: number } | undefined;

  connect(): ModelConnection {
    const connection: ModelConnection = new ModelConnection({ judge: (pending) => this.#judge(pending), forget: (pending) => this.life?.forget(pending) });
    this.#connections.add(connection);
    return connection;
  }

  get nextTimeMs(): number | undefined {
    const times = [this.#initEndsMs, this.#reported?.atMs, ...[...this.#inHand.values()].map(({ deadlineMs }) => deadlineMs)].filter((time) => time !== undefined);
    return times.length === 0 ? undefined : Math.min(...times);
  }

  get takesInvocations(): boolean {
    if (this.#inHand.size >= WORKERS) return false;
    return this.phase === 'initializing' || (this.phase === 'serving' && (this.life?.waiters.length ?? 0) > 0);
  }

  invoke(): string {
    this.invocations += 1;
    const id = `inv-${this.invocations}`;
    const inHand: InHand = { id, deadlineMs: this.phase === 'serving' ? this.nowMs + TIMES.function : undefined, isStarted: false, failure: undefined };
    this.#inHand.set(id, inHand);
    this.#undelivered.push(inHand);
    if (this.phase === 'serving') this.#deliver();
    return id;
  }

  arrive(timeMs: number): void {
    this.nowMs = timeMs;
    const isDue = (atMs: number | undefined): boolean => atMs !== undefined && atMs <= timeMs;
    if (isDue(this.#initEndsMs)) return this.#fail({ status: 'timeout', errorType: undefined, body: (id) => timedOut(id, TIMES.init) });
    if (this.#reported !== undefined && isDue(this.#reported.atMs)) return this.#fail(this.#reported.failure);
    for (const inHand of this.#inHand.values()) if (isDue(inHand.deadlineMs)) this.#timedOut(inHand);
  }

  exit(process: ProcessName, code: number): boolean {
    if (this.life === undefined || process !== 'runtime') return false;
    this.#fail(platformFailure('Runtime.ExitError', code === 0 ? 'Runtime exited without providing a reason' : `Runtime exited with error: exit status ${code}`));
    return true;
  }

  shutDown(): void {
    if (this.phase === 'ended') return;
    this.#inHand.clear();
    this.#over();
  }

  #judge(pending: Pending): Plan {
    const { facts } = pending;
    const { call } = facts;
    if (call.kind === 'unknownPath') return refuse('404');
    if (call.kind === 'wrongMethod') return refuse('405');
    const id = call.kind === 'response' || call.kind === 'error' ? idOf(facts.target) : '';
    if (id === undefined) return refuse('404');
    const { life } = this;
    if (life === undefined) return refuse('500 InternalServerError Internal Server Error');
    if (call.kind === 'next') return this.#next(life, pending);
    if (call.kind === 'initError') return this.#initError(life, facts);
    if (call.kind !== 'response' && call.kind !== 'error') return { kind: 'collect', received: () => '200', broken: () => undefined };
    const exchange = this.#exchanges.get(id);
    if (exchange === undefined) return refuse(this.#late.delete(id) ? LATE : INVALID_ID);
    return call.kind === 'error' ? this.#error(exchange, facts) : this.#response(exchange, facts, call.isTrailing && facts.framing === 'chunked');
  }

  /** Each call is a worker, and gets an event of its own. */
  #next(life: ModelLife, pending: Pending): Plan {
    if (life.runtimeState === 'InitError') return refuse(refusedForRuntime('InitError', 'Ready'));
    life.runtimeState = 'Ready';
    const received = (): undefined => {
      life.waiters.push(pending);
      if (this.phase === 'initializing') this.#initialized();
      this.#deliver();
    };
    return { kind: 'collect', received, broken: () => undefined };
  }

  #initError(life: ModelLife, facts: Facts): Plan {
    if (INIT_ERROR[life.runtimeState] === 'refused') return refuse(refusedForRuntime(life.runtimeState, 'InitError'));
    life.runtimeState = 'InitError';
    const received = (): string => {
      const { errorType, body } = reportedError(facts);
      this.#reported ??= { failure: { status: 'error', errorType, body: () => body }, atMs: this.nowMs + TIMES.exitAfterReport };
      return OK;
    };
    return { kind: 'collect', received, broken: () => TRUNCATED };
  }

  #response(exchange: Exchange, facts: Facts, isTrailing: boolean): Plan {
    if (exchange.state !== 'Running') return refuse(exchange.over ?? INVALID_ID);
    exchange.state = 'response';
    const mode = facts.headers.get('Lambda-Runtime-Function-Response-Mode');
    if (mode !== undefined && mode !== 'streaming') {
      this.#end(exchange, { status: 'error', errorType: 'Runtime.InvalidResponseModeHeader', body: () => '' }, '');
      return refuse('400 InvalidFunctionResponseMode Invalid function response mode');
    }
    const isOver = (): boolean => exchange.over !== undefined || exchange.state !== 'response';
    return {
      kind: 'collect',
      received: () => {
        if (isOver()) return exchange.over ?? INVALID_ID;
        if (facts.body.length > RESPONSE_BYTES_MAX) return this.#tooLarge(exchange);
        if (isTrailing) this.#end(exchange, { status: 'error', errorType: 'Runtime.Late', body: () => '"late"' }, '"late"');
        else this.#end(exchange, undefined, facts.body);
        return OK;
      },
      broken: () => (isOver() ? (exchange.over ?? INVALID_ID) : this.#truncated(exchange)),
    };
  }

  /** Also while the response is under way, which it cuts off. */
  #error(exchange: Exchange, facts: Facts): Plan {
    if (exchange.state !== 'Running' && exchange.state !== 'response') return refuse(exchange.over ?? INVALID_ID);
    exchange.state = 'error';
    return {
      kind: 'collect',
      received: () => {
        if (exchange.over !== undefined) return exchange.over;
        const { errorType, body } = reportedError(facts);
        this.#end(exchange, { status: 'error', errorType, body: () => body }, body);
        return OK;
      },
      broken: () => exchange.over ?? this.#truncated(exchange),
    };
  }

  #tooLarge(exchange: Exchange): string {
    const errorType = 'Function.ResponseSizeTooLarge';
    const body = JSON.stringify({ errorMessage: `Response payload size exceeded maximum allowed payload size (${RESPONSE_BYTES_MAX} bytes).`, errorType });
    this.#end(exchange, { status: 'error', errorType, body: () => body }, body);
    return `413 RequestEntityTooLarge Exceeded maximum allowed payload size (${RESPONSE_BYTES_MAX} bytes).`;
  }

  #truncated(exchange: Exchange): string {
    const body = platformBody('Runtime.TruncatedResponse', exchange.inHand.id, 'HTTP request detected as truncated');
    this.#end(exchange, { status: 'error', errorType: 'Runtime.TruncatedResponse', body: () => body }, body);
    return TRUNCATED;
  }

  /** An invocation is complete with its reply: nothing more is waited for. */
  #end(exchange: Exchange, failure: ModelFailure | undefined, body: string): void {
    exchange.state = 'sent';
    exchange.over = INVALID_ID;
    this.#exchanges.delete(exchange.inHand.id);
    exchange.inHand.failure = failure;
    this.#answer(exchange.inHand, body);
    this.#complete(exchange.inHand);
  }

  #initialized(): void {
    this.#initEndsMs = undefined;
    this.phase = 'serving';
    this.heard.push('init init success');
    for (const inHand of this.#undelivered) inHand.deadlineMs = this.nowMs + TIMES.function;
  }

  #deliver(): void {
    const { life } = this;
    while (life !== undefined && life.waiters.length > 0) {
      const inHand = this.#undelivered.shift();
      if (inHand === undefined) return;
      this.#reportStart(inHand);
      this.#exchanges.set(inHand.id, { inHand, state: 'Running', over: undefined });
      this.deliveredIds.push(inHand.id);
      life.waiters.shift()?.connection.answer(`200 event ${inHand.id} ${EPOCH_MS + (inHand.deadlineMs ?? 0)} ${digest(payloadOf(inHand.id))}`);
    }
  }

  /** Only this one fails. The first late reply is told so, and one that is on its way is that. */
  #timedOut(inHand: InHand): void {
    const exchange = this.#exchanges.get(inHand.id);
    this.#exchanges.delete(inHand.id);
    if (exchange?.state === 'Running') this.#late.add(inHand.id);
    if (exchange !== undefined) exchange.over = LATE;
    this.#undelivered = this.#undelivered.filter((each) => each !== inHand);
    this.#failed(inHand, { status: 'timeout', errorType: undefined, body: (id) => timedOut(id, TIMES.function) });
    this.#complete(inHand);
  }

  #failed(inHand: InHand, failure: ModelFailure): void {
    this.#reportStart(inHand);
    inHand.failure = failure;
    this.#answer(inHand, failure.body(inHand.id));
  }

  #reportStart(inHand: InHand): void {
    if (!inHand.isStarted) this.heard.push(`started ${inHand.id}`);
    inHand.isStarted = true;
  }

  #answer({ id, failure }: InHand, body: string): void {
    this.heard.push(`answered ${id} ${failure === undefined ? 'ok' : `error ${failure.errorType ?? '-'}`} ${digest(body)}`);
  }

  #complete({ id, failure }: InHand): void {
    this.#inHand.delete(id);
    this.heard.push(`completed ${id} ${failure?.status ?? 'success'} ${failure?.errorType ?? '-'}`);
  }

  /** Everything ends, and the environment with it. */
  #fail(cause: ModelFailure): void {
    const failure = this.#reported?.failure ?? cause;
    if (this.phase === 'initializing') this.heard.push(`init init ${failure.status} ${failure.errorType ?? '-'}`);
    for (const inHand of this.#inHand.values()) this.#failed(inHand, failure);
    for (const inHand of this.#inHand.values()) this.#complete(inHand);
    this.#over();
  }

  #over(): void {
    this.phase = 'ended';
    this.life = undefined;
    this.#initEndsMs = undefined;
    this.#reported = undefined;
    for (const connection of this.#connections) connection.close();
    this.#connections.clear();
  }
}
