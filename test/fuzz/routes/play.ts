/**
 * Plays a sequence on the subject and on the model side by side and compares them after each step: what every connection got, whether
 * it is still open, what the owner heard. Then either a well-behaved runtime must be served, or everything must end; nothing may be left.
 */
import { normalised } from './answers.ts';
import type { ModelConnection } from './model-connection.ts';
import { ConcurrentModel, WORKERS } from './model-concurrent.ts';
import { ModelEnvironment } from './model-environment.ts';
import type { Model } from './model-environment.ts';
import { renderRequest } from './request-text.ts';
import type { Facts, Knowledge } from './request-text.ts';
import type { Tally } from '../part.ts';
import { CONNECTIONS } from './step.ts';
import type { Call, Request, Sequence, Step } from './step.ts';
import { Subject } from './subject.ts';
import type { ExtensionFolders } from './subject.ts';
import { TIMES } from './tables.ts';

type Client = Awaited<ReturnType<Subject['connect']>>;
type Line = { client: Client; model: ModelConnection; later: Buffer; isOnHold: boolean };

export class Divergence extends Error {}

/** Returns the number of requests that were sent; throws a `Divergence`. */
export async function playSequence(sequence: Sequence, { folders, tally }: { folders: ExtensionFolders; tally: Tally }): Promise<number> {
  const isConcurrent = sequence.isConcurrent === true;
  const layersRoot = folders.of(isConcurrent ? 0 : sequence.externals);
  const subject = new Subject({ layersRoot, isInvokerSlow: sequence.isInvokerSlow, maxConcurrency: isConcurrent ? WORKERS : undefined });
  const play = new Play(sequence, subject, tally);
  try {
    await play.run(sequence);
  } finally {
    await play.abandon();
  }
  return play.requests;
}

class Play {
  requests = 0;
  readonly #subject: Subject;
  readonly #model: Model;
  readonly #isConcurrent: boolean;
  readonly #lines: (Line | undefined)[] = Array.from({ length: CONNECTIONS }, () => undefined);
  /** By name; the last is the newest. */
  readonly #identifiers = new Map<string, string[]>();
  readonly #tally: Tally;
  #heardSoFar = 0;
  #bodies = 0;
  #isClosed = false;

  constructor(sequence: Sequence, subject: Subject, tally: Tally) {
    this.#subject = subject;
    this.#tally = tally;
    this.#isConcurrent = sequence.isConcurrent === true;
    this.#model = this.#isConcurrent ? new ConcurrentModel() : new ModelEnvironment(['ext-a', 'ext-b'].slice(0, sequence.externals));
  }

  async run(sequence: Sequence): Promise<void> {
    await this.#subject.open();
    this.#compare('the beginning');
    if (sequence.isWarm) await this.#warmUp(this.#isConcurrent ? 0 : sequence.externals);
    for (const [index, step] of sequence.steps.entries()) {
      await this.#take(step);
      this.#compare(`step ${index + 1}: ${JSON.stringify(step)}`);
    }
    if (sequence.ending === 'recover') await (this.#isConcurrent ? this.#recoverConcurrent() : this.#recover());
    await this.#shutDown();
  }

  /** Whatever happened, nothing stays behind for the next sequence. */
  async abandon(): Promise<void> {
    if (!this.#isClosed) await this.#subject.close().catch(() => []);
  }

  async #warmUp(externals: number): Promise<void> {
    for (let who = 0; who < externals; who += 1) {
      await this.#call({ kind: 'register', who, body: 'both', isDoubled: false }, 3);
      await this.#call({ kind: 'extensionNext', who, identifier: 'own' }, who + 1);
    }
    await this.#call({ kind: 'next' }, 0);
    if (this.#model.phase !== (this.#isConcurrent ? 'serving' : 'idle')) throw new Divergence(`warm, and yet ${this.#model.phase}`);
  }

  /** Ends whatever is under way by letting time pass, and then is a good runtime with good extensions. */
  async #recover(): Promise<void> {
    for (let index = 0; index < CONNECTIONS; index += 1) await this.#take({ kind: 'leave', connection: index, how: 'abort' });
    for (const ms of [TIMES.init + TIMES.function, TIMES.function + TIMES.endExternal, TIMES.function]) await this.#take({ kind: 'advance', ms });
    await this.#take({ kind: 'exit', process: 'runtime', code: 1 });
    await this.#take({ kind: 'advance', ms: TIMES.endExternal });
    this.#compare('before the recovery');
    if (!this.#model.takesInvocations) throw new Divergence(`an invocation is never finished: ${this.#model.phase}`);
    await this.#take({ kind: 'invoke', isStreaming: false });
    const externals = this.#model.life?.externals.length ?? 0;
    for (let who = 0; who < externals; who += 1) {
      await this.#call({ kind: 'register', who, body: 'none', isDoubled: false }, 3);
      await this.#call({ kind: 'extensionNext', who, identifier: 'own' }, who + 1);
    }
    await this.#call({ kind: 'next' }, 0);
    await this.#call({ kind: 'response', id: 'current', mode: 'none', isTrailing: false }, 0);
    await this.#call({ kind: 'next' }, 0);
    const last = this.#subject.heard.at(-1);
    if (last !== `completed inv-${this.#model.invocations} success -`) throw new Divergence(`a good runtime was not served: ${last}`);
  }

  /** An environment that has ended stays so; any other serves whoever asks, once its invocations have run out of time. */
  async #recoverConcurrent(): Promise<void> {
    for (let index = 0; index < CONNECTIONS; index += 1) await this.#take({ kind: 'leave', connection: index, how: 'abort' });
    if (this.#model.phase === 'initializing') await this.#take({ kind: 'advance', ms: TIMES.init });
    await this.#take({ kind: 'advance', ms: TIMES.function + TIMES.exitAfterReport });
    this.#compare('before the recovery');
    if (this.#model.phase !== 'serving') return;
    await this.#call({ kind: 'next' }, 0);
    await this.#take({ kind: 'invoke', isStreaming: false });
    await this.#call({ kind: 'response', id: 'current', mode: 'none', isTrailing: false }, 0);
    const last = this.#subject.heard.at(-1);
    if (last !== `completed inv-${this.#model.invocations} success -`) throw new Divergence(`a good runtime was not served: ${last}`);
  }

  async #shutDown(): Promise<void> {
    this.#model.shutDown();
    // No more time than the ending needs: a timer that was forgotten must not have run off before it is looked for.
    await this.#subject.shutDown(async () => {
      while (this.#model.nextTimeMs !== undefined) await this.#advance(this.#model.nextTimeMs - this.#model.nowMs);
    });
    this.#compare('the shutdown');
    this.#isClosed = true;
    const left = await this.#subject.close();
    if (left.length > 0) throw new Divergence(`left behind: ${left.join(', ')}`);
  }

  async #call(call: Call, connection: number): Promise<void> {
    const request: Request = { call, framing: 'length', bodyBytes: 20, stop: 'nowhere', closes: false };
    const step: Step = { kind: 'send', connection, requests: [request], pieces: 1 };
    await this.#take(step);
    this.#compare(JSON.stringify(call));
  }

  async #take(step: Step): Promise<void> {
    switch (step.kind) {
      case 'send':
        await this.#send(step);
        break;
      case 'continue':
        this.#continue(this.#lines[step.connection]);
        break;
      case 'leave':
        this.#leave(step);
        break;
      case 'invoke':
        if (this.#model.takesInvocations) this.#invoke(step.isStreaming && !this.#isConcurrent);
        break;
      case 'advance':
        return this.#advance(step.ms);
      case 'exit':
        if (this.#model.exit(step.process, step.code)) this.#subject.exit(step.process, step.code);
        break;
      default:
        return step satisfies never;
    }
    await this.#subject.settle();
  }

  #invoke(isStreaming: boolean): void {
    this.#subject.invoke(this.#model.invoke(isStreaming), isStreaming);
  }

  async #send({ connection, requests, pieces }: Step & { kind: 'send' }): Promise<void> {
    const line = await this.#line(connection);
    // One chunk at most may wait unread behind a blocked call: what is beyond depends on the kernel's buffers.
    if (line === undefined || line.model.isPaused) return;
    if (line.isOnHold) return this.#continue(line);
    const isWaiting = line.model.isBlocked;
    const facts: Facts[] = [];
    const bytes: Buffer[] = [];
    for (const [index, request] of requests.entries()) {
      const isLast = index === requests.length - 1;
      const text = renderRequest({ ...request, call: this.#lawful(request.call), stop: isLast ? request.stop : 'nowhere', bodyBytes: isWaiting || requests.length > 1 ? Math.min(request.bodyBytes, 700) : request.bodyBytes }, this.#knowledge);
      facts.push(text.facts);
      bytes.push(text.now);
      if (isLast) Object.assign(line, { later: text.later, isOnHold: text.later.length > 0 });
    }
    this.requests += requests.length;
    line.model.send(facts);
    // Whether 100 (Continue) is said depends on what is there with the head, and what waits behind a blocked call has to be one chunk.
    const isOneChunk = isWaiting || facts.length > 1 || facts.some(({ framing }) => framing === 'expect');
    await this.#write(line, Buffer.concat(bytes), isOneChunk ? 1 : pieces);
  }

  /** Extensions have no part in several invocations at once. */
  #lawful(call: Call): Call {
    const isOfExtension = call.kind === 'register' || call.kind === 'extensionNext' || call.kind === 'extensionError' || call.kind === 'subscribe';
    return this.#isConcurrent && isOfExtension ? { kind: 'ping' } : call;
  }

  async #write({ client }: Line, bytes: Buffer, pieces: number): Promise<void> {
    const size = Math.ceil(bytes.length / pieces);
    await client.peer.sendInPieces(Array.from({ length: pieces }, (_, index) => bytes.subarray(index * size, (index + 1) * size)));
  }

  #continue(line: Line | undefined): void {
    if (line === undefined || !line.isOnHold || line.model.isSilent || line.model.isPaused || !line.model.isOpen) return;
    line.isOnHold = false;
    line.model.complete();
    line.client.peer.send(line.later);
  }

  #leave({ connection, how }: Step & { kind: 'leave' }): void {
    const line = this.#lines[connection];
    if (line === undefined) return;
    if (!line.model.isSilent) {
      if (line.model.isOpen) line.model.leave(how !== 'halfClose');
      this.#subject.leave(line.client, how);
    } else if (how !== 'halfClose') return;
    if (how !== 'halfClose') this.#lines[connection] = undefined;
  }

  /** To each moment at which something is due, and no further before that is done. */
  async #advance(ms: number): Promise<void> {
    const untilMs = this.#model.nowMs + ms;
    for (;;) {
      const timeMs = Math.min(this.#model.nextTimeMs ?? untilMs, untilMs);
      this.#subject.clock.advance(timeMs - this.#model.nowMs);
      const isDue = this.#model.nextTimeMs === timeMs;
      this.#model.arrive(timeMs);
      await this.#subject.settle();
      if (timeMs === untilMs && !isDue) return;
    }
  }

  async #line(connection: number): Promise<Line | undefined> {
    const line = this.#lines[connection];
    if (line?.model.isOpen === true) return line.model.isSilent ? undefined : line;
    const opened = { client: await this.#subject.connect(), model: this.#model.connect(), later: Buffer.alloc(0), isOnHold: false };
    this.#lines[connection] = opened;
    return opened;
  }

  get #knowledge(): Knowledge {
    const ids = this.#model.deliveredIds;
    return {
      currentId: ids.at(-1) ?? 'inv-0',
      previousId: ids.at(-2) ?? 'inv-0',
      identifierOf: (name) => this.#model.life?.extensions.find((extension) => extension.name === name)?.identifier,
      oldIdentifierOf: (name) => this.#identifiers.get(name)?.at(-2),
      nextBody: () => (this.#bodies += 1),
    };
  }

  #compare(when: string): void {
    for (const [index, line] of this.#lines.entries()) if (line !== undefined) this.#compareLine(line, `${when}: connection ${index}`);
    const [expected, heard] = [this.#model.heard.slice(this.#heardSoFar), this.#subject.heard.slice(this.#heardSoFar)];
    this.#heardSoFar = this.#model.heard.length;
    for (const text of heard) this.#tally.add(shapeOfHeard(text));
    same(heard, expected, `${when}: what was heard`);
  }

  #compareLine({ client, model }: Line, where: string): void {
    const got: string[] = [];
    const expected = model.expected.splice(0);
    for (let answer = client.peer.takeAnswer(); answer !== undefined; answer = client.peer.takeAnswer()) {
      const { text, identifier } = normalised(answer);
      const wanted = expected[got.length];
      if (identifier === undefined || wanted?.startsWith(`${text} `) !== true) got.push(text);
      else {
        got.push(wanted);
        this.#learn(wanted.slice(text.length + 1), identifier);
      }
    }
    for (const text of got) this.#tally.add(text.split(' ', 2).join(' '));
    same(got, expected, where);
    if (client.peer.pending.length > 0) throw new Divergence(`${where}: bytes beyond the answers: ${JSON.stringify(client.peer.pending.toString('latin1').slice(0, 200))}`);
    if (client.peer.isClosed === model.isOpen) throw new Divergence(`${where}: it is ${model.isOpen ? 'closed' : 'open'} and should not be`);
  }

  #learn(name: string, identifier: string): void {
    const known = this.#identifiers.get(name) ?? [];
    this.#identifiers.set(name, [...known, identifier]);
    const extension = this.#model.life?.extensions.find((each) => each.name === name);
    if (extension !== undefined) extension.identifier = identifier;
  }
}

/** `answered inv-1 ok …` → `answered ok`. */
function shapeOfHeard(text: string): string {
  const [what, , how] = text.split(' ');
  return how === undefined ? (what ?? '') : `${what} ${how}`;
}

function same(got: readonly string[], expected: readonly string[], where: string): void {
  if (got.length === expected.length && got.every((text, index) => text === expected[index])) return;
  throw new Divergence(`${where}\n  expected ${JSON.stringify(expected)}\n  got      ${JSON.stringify(got)}`);
}
