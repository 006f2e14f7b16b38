/**
 * The environment as the model sees it, by sections 6, 7 and 10 of the protocol notes: phases, deadlines, failures, the order of an
 * ending. It keeps two records: what each connection must get (model-connection.ts) and what the environment's owner must hear.
 */
import { judgeCall } from './model-calls.ts';
import { ModelConnection } from './model-connection.ts';
import { ModelLife } from './model-life.ts';
import type { ModelExtension } from './model-life.ts';
import type { ProcessName } from './step.ts';
import { EPOCH_MS, TIMES } from './tables.ts';
import { digest } from './digest.ts';

export type ModelFailure = { status: 'error' | 'timeout'; errorType: string | undefined; body(id: string): string };
type Reply = { isError: boolean; errorType?: string; body: string };
type Reported = { failure: ModelFailure; by: string; atMs: number };
type InHand = { id: string; isStreaming: boolean; deadlineMs: number; isStarted: boolean; isAnswered: boolean; stream: string | undefined; failure: ModelFailure | undefined };
/** All processes are being ended: first the runtime, then the extensions. */
type Ending = { reason: string; stage: 'runtime' | 'extensions'; stageEndsMs: number; endsMs: number };

/** What `play.ts` needs of a model, and compares with. */
export type Model = {
  readonly heard: readonly string[];
  /** What the runtime was given last, and before. */
  readonly deliveredIds: readonly string[];
  readonly phase: string;
  readonly life: ModelLife | undefined;
  readonly nowMs: number;
  readonly invocations: number;
  /** The next moment at which something happens by itself. */
  readonly nextTimeMs: number | undefined;
  readonly takesInvocations: boolean;
  connect(): ModelConnection;
  /** Returns the id. */
  invoke(isStreaming: boolean): string;
  arrive(timeMs: number): void;
  /** False when there is no such process. */
  exit(process: ProcessName, code: number): boolean;
  shutDown(): void;
};

export class ModelEnvironment implements Model {
  readonly heard: string[] = [];
  phase: 'initializing' | 'idle' | 'invoking' | 'stopping' | 'reset' | 'reinitializing' | 'ended' = 'initializing';
  life: ModelLife | undefined;
  nowMs = 0;
  invocations = 0;
  /** What the runtime was given last, and before. */
  deliveredIds: string[] = [];
  readonly #externals: readonly string[];
  readonly #connections = new Set<ModelConnection>();
  #inHand: InHand | undefined;
  #waiting: { id: string; isStreaming: boolean } | undefined;
  #reported: Reported | undefined;
  #initEndsMs: number | undefined;
  #ending: Ending | undefined;

  constructor(externals: readonly string[]) {
    this.#externals = externals;
    this.#initEndsMs = TIMES.init;
    this.#start();
  }

  connect(): ModelConnection {
    const connection: ModelConnection = new ModelConnection({ judge: (pending) => judgeCall(this, pending), forget: (pending) => this.life?.forget(pending) });
    this.#connections.add(connection);
    return connection;
  }

  /** The next moment at which something happens by itself. */
  get nextTimeMs(): number | undefined {
    const times = [this.#deadlineMs, this.#initEndsMs, this.#reported?.atMs, this.#ending?.stageEndsMs];
    const known = times.filter((time) => time !== undefined);
    return known.length === 0 ? undefined : Math.min(...known);
  }

  get #deadlineMs(): number | undefined {
    return this.phase === 'invoking' || this.phase === 'reinitializing' ? this.#inHand?.deadlineMs : undefined;
  }

  get takesInvocations(): boolean {
    return this.#inHand === undefined && this.#waiting === undefined && this.phase !== 'ended';
  }

  /** Returns the id. */
  invoke(isStreaming: boolean): string {
    this.invocations += 1;
    const id = `inv-${this.invocations}`;
    this.#waiting = { id, isStreaming };
    this.#takeUp();
    return id;
  }

  arrive(timeMs: number): void {
    this.nowMs = timeMs;
    const isDue = (atMs: number | undefined): boolean => atMs !== undefined && atMs <= timeMs;
    if (isDue(this.#initEndsMs)) return this.#fail({ status: 'timeout', errorType: undefined, body: (id) => timedOut(id, TIMES.init) });
    if (isDue(this.#deadlineMs)) return this.#fail({ status: 'timeout', errorType: undefined, body: (id) => timedOut(id, TIMES.function) });
    if (this.#reported !== undefined && isDue(this.#reported.atMs)) return this.#fail(this.#reported.failure);
    if (this.#ending !== undefined && isDue(this.#ending.stageEndsMs)) this.#budgetSpent(this.#ending);
  }

  /** False when there is no such process. */
  exit(process: ProcessName, code: number): boolean {
    const { life } = this;
    if (life === undefined) return false;
    const extension = life.externals.find(({ name }) => name === process);
    if (process === 'runtime' ? life.runtimeProcess !== 'running' : extension?.process !== 'running') return false;
    if (extension === undefined) life.runtimeProcess = 'ended';
    else extension.process = 'ended';
    if (this.#ending !== undefined) this.#processEnded(this.#ending, extension);
    else if (extension === undefined) this.#fail(platformFailure('Runtime.ExitError', code === 0 ? 'Runtime exited without providing a reason' : `Runtime exited with error: exit status ${code}`));
    else this.#extensionEnded(extension, code);
    return true;
  }

  shutDown(): void {
    if (this.phase === 'ended') return;
    const wasStopping = this.phase === 'stopping';
    this.phase = 'ended';
    this.#initEndsMs = undefined;
    this.#reported = undefined;
    if (!wasStopping) this.#beginEnding('spindown');
  }

  proceed(life: ModelLife): void {
    if (life.isOver || life.runtimeState !== 'Ready') return;
    if (this.phase === 'initializing' || this.phase === 'reinitializing') {
      if (life.areAllReady) this.#initialized();
    } else if (this.phase === 'invoking') this.#afterReply(life);
  }

  extensionMoved(life: ModelLife): void {
    if (life.isOver) return;
    if (life.runtimeProcess === 'none' && life.externals.every((extension) => extension.state !== 'Started')) life.runtimeProcess = 'running';
    this.proceed(life);
  }

  replied(life: ModelLife, { isError, errorType, body }: Reply): void {
    const inHand = this.#inHand;
    if (life.isOver || inHand === undefined || inHand.isAnswered) return;
    if (isError) inHand.failure = { status: 'error', errorType, body: () => body };
    this.#answer(inHand, body);
  }

  truncated(life: ModelLife): void {
    const body = platformBody('Runtime.TruncatedResponse', this.#inHand?.id ?? '', 'HTTP request detected as truncated');
    this.replied(life, { isError: true, errorType: 'Runtime.TruncatedResponse', body });
  }

  beginStream(life: ModelLife): boolean {
    const inHand = this.#inHand;
    if (life.isOver || inHand === undefined || inHand.isAnswered || !inHand.isStreaming) return false;
    inHand.stream = '';
    this.heard.push(`streamBegun ${inHand.id}`);
    return true;
  }

  streamed(life: ModelLife, text: string): void {
    if (!life.isOver && this.#inHand?.stream !== undefined && !this.#inHand.isAnswered) this.#inHand.stream = text;
  }

  /** The first report counts, and its author has a second to exit. */
  reported(life: ModelLife, { failure, by }: { failure: ModelFailure; by: string }): void {
    if (life.isOver || this.#reported !== undefined) return;
    this.#reported = { failure, by, atMs: this.nowMs + TIMES.exitAfterReport };
  }

  extensionReported(life: ModelLife, extension: ModelExtension, type: string): void {
    if (extension.hasReported) return;
    extension.hasReported = true;
    this.reported(life, { failure: platformFailure(extension.state === 'InitError' ? 'Extension.InitError' : 'Extension.ExitError', type), by: extension.name });
  }

  #start(): void {
    // Whoever came when there was nobody to talk to goes with the past.
    this.#closeConnections();
    this.life = new ModelLife(this.#externals);
    if (this.#externals.length === 0) this.life.runtimeProcess = 'running';
  }

  #takeUp(): void {
    const waiting = this.#waiting;
    if (waiting === undefined || (this.phase !== 'idle' && this.phase !== 'reset')) return;
    this.#waiting = undefined;
    this.#inHand = { ...waiting, deadlineMs: this.nowMs + TIMES.function, isStarted: false, isAnswered: false, stream: undefined, failure: undefined };
    if (this.phase === 'reset') {
      this.phase = 'reinitializing';
      this.#start();
    } else {
      this.phase = 'invoking';
      this.#deliver(this.#inHand);
    }
  }

  #initialized(): void {
    if (this.phase === 'initializing') {
      this.#initEndsMs = undefined;
      this.phase = 'idle';
      this.heard.push('init init success');
      this.#takeUp();
    } else {
      this.phase = 'invoking';
      if (this.#inHand !== undefined) this.#deliver(this.#inHand);
    }
  }

  #deliver(inHand: InHand): void {
    this.#reportStart(inHand);
    const event = `200 INVOKE ${inHand.id} ${EPOCH_MS + inHand.deadlineMs}`;
    for (const extension of this.life?.extensions ?? []) if (extension.events.includes('INVOKE')) extension.deliver(event);
    this.#give(inHand);
  }

  #give(inHand: InHand): void {
    const { life } = this;
    if (life === undefined || life.waiters.length === 0 || life.runtimeState !== 'Ready') return;
    this.deliveredIds.push(inHand.id);
    life.deliver({ id: inHand.id, event: `200 event ${inHand.id} ${EPOCH_MS + inHand.deadlineMs} ${digest(payloadOf(inHand.id))}` });
  }

  #reportStart(inHand: InHand): void {
    if (!inHand.isStarted) this.heard.push(`started ${inHand.id}`);
    inHand.isStarted = true;
  }

  #afterReply(life: ModelLife): void {
    const inHand = this.#inHand;
    if (inHand === undefined) return;
    if (!inHand.isAnswered) return this.#give(inHand);
    if (!life.areSubscribersDone) return;
    this.phase = 'idle';
    this.#complete(inHand);
    this.#takeUp();
  }

  #answer(inHand: InHand, body: string): void {
    inHand.isAnswered = true;
    const streamed = inHand.stream === undefined ? '' : ` streamed ${digest(inHand.stream)}`;
    this.heard.push(`answered ${inHand.id} ${inHand.failure === undefined ? 'ok' : `error ${inHand.failure.errorType ?? '-'}`} ${digest(body)}${streamed}`);
  }

  #complete(inHand: InHand): void {
    this.#inHand = undefined;
    this.heard.push(`completed ${inHand.id} ${inHand.failure?.status ?? 'success'} ${inHand.failure?.errorType ?? '-'}`);
  }

  #extensionEnded(extension: ModelExtension, code: number): void {
    const type = extension.state === 'InitError' ? 'Extension.InitError' : extension.state === 'ExitError' ? 'Extension.ExitError' : 'Extension.Crash';
    if (extension.state !== 'InitError' && extension.state !== 'ExitError') extension.state = 'Exited';
    // How it ends says more than what it announced.
    if (this.#reported?.by === extension.name) this.#reported = undefined;
    this.#fail(platformFailure(type, code === 0 ? 'exit code 0' : `exit status ${code}`));
  }

  /** What was reported first counts; then everything ends. */
  #fail(cause: ModelFailure): void {
    if (this.phase === 'stopping' || this.phase === 'reset' || this.phase === 'ended') return;
    const failure = this.#reported?.failure ?? cause;
    const isInit = this.phase === 'initializing' || this.phase === 'reinitializing';
    const inHand = this.#inHand;
    this.#reported = undefined;
    this.#initEndsMs = undefined;
    if (isInit) this.heard.push(`init ${inHand === undefined ? 'init' : 'invoke'} ${failure.status} ${failure.errorType ?? '-'}`);
    this.phase = 'stopping';
    if (inHand !== undefined) {
      this.#reportStart(inHand);
      inHand.failure = failure;
      if (!inHand.isAnswered) this.#answer(inHand, failure.body(inHand.id));
    }
    this.#beginEnding(failure.status === 'timeout' ? 'timeout' : 'failure');
  }

  #beginEnding(reason: string): void {
    const { life } = this;
    if (life === undefined) return this.#processesGone();
    life.isOver = true;
    life.current = undefined;
    if (life.extensions.length === 0) return this.#processesGone();
    const isInternalOnly = life.externals.length === 0;
    const endsMs = this.nowMs + (isInternalOnly ? TIMES.endInternal : TIMES.endExternal);
    this.#ending = { reason, stage: 'runtime', stageEndsMs: this.nowMs + (isInternalOnly ? TIMES.endInternal : TIMES.endRuntime), endsMs };
    if (life.runtimeProcess !== 'running') this.#endExtensions(this.#ending);
  }

  #budgetSpent(ending: Ending): void {
    const { life } = this;
    if (life === undefined) return;
    if (ending.stage === 'runtime') {
      life.runtimeProcess = 'ended';
      return this.#endExtensions(ending);
    }
    this.#processesGone();
  }

  #endExtensions(ending: Ending): void {
    const { life } = this;
    if (life === undefined) return;
    ending.stage = 'extensions';
    ending.stageEndsMs = ending.endsMs;
    for (const extension of life.externals) {
      if (extension.process !== 'running') continue;
      if (extension.events.includes('SHUTDOWN')) extension.deliver(`200 SHUTDOWN ${ending.reason} ${EPOCH_MS + ending.endsMs}`);
      else extension.process = 'ended';
    }
    this.#endIfAllEnded(life);
  }

  #processEnded(ending: Ending, extension: ModelExtension | undefined): void {
    const { life } = this;
    if (life === undefined) return;
    if (extension === undefined) {
      if (ending.stage === 'runtime') this.#endExtensions(ending);
      return;
    }
    if (ending.stage !== 'extensions') return;
    if (extension.state !== 'InitError' && extension.state !== 'ExitError') extension.state = 'Exited';
    this.#endIfAllEnded(life);
  }

  #endIfAllEnded(life: ModelLife): void {
    if (life.externals.every((extension) => extension.process === 'ended')) this.#processesGone();
  }

  #processesGone(): void {
    this.#ending = undefined;
    this.life = undefined;
    this.#closeConnections();
    if (this.phase === 'ended') return;
    this.phase = 'reset';
    if (this.#inHand !== undefined) this.#complete(this.#inHand);
    this.#takeUp();
  }

  #closeConnections(): void {
    for (const connection of this.#connections) connection.close();
    this.#connections.clear();
  }
}

export function payloadOf(id: string): string {
  return `{"event":"${id}"}`;
}

export function timedOut(id: string, limitMs: number): string {
  return platformBody('Sandbox.Timedout', id, `Task timed out after ${(limitMs / 1000).toFixed(2)} seconds`);
}

export function platformFailure(errorType: string, text: string): ModelFailure {
  return { status: 'error', errorType, body: (id) => platformBody(errorType, id, text) };
}

export function platformBody(errorType: string, id: string, text: string): string {
  return JSON.stringify({ errorType, errorMessage: `RequestId: ${id} Error: ${text}` });
}
