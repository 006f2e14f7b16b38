/** One connection as the model sees it: requests in order, one at a time, and the answers that must come back. */
import type { Facts } from './request-text.ts';
import { BAD_HEAD_STATUSES } from './request-text.ts';

/** What a route makes of a head. A text is the answer, normalised as `peer.ts` does; undefined: it comes later. */
export type Plan =
  | { kind: 'answer'; text: string }
  | { kind: 'collect'; received(): string | undefined; broken(): string | undefined; progress?(bytes: number): void };

/** How much of a request is there. */
type Stage = 'nothing' | 'head' | 'part' | 'whole' | 'malformed';
const STAGES: Record<Facts['stop'], Stage> = { nowhere: 'whole', inHead: 'nothing', behindHead: 'head', inBody: 'part', badChunk: 'malformed' };

export type Pending = { facts: Facts; stage: Stage; plan: Plan | undefined; isBlocked: boolean; connection: ModelConnection };

export class ModelConnection {
  readonly expected: string[] = [];
  isOpen = true;
  /** The client has sent its end, or is gone, and cannot send more. */
  isSilent = false;
  /** Nobody reads the answers. */
  isGhost = false;
  readonly #judge: (pending: Pending) => Plan;
  readonly #forget: (pending: Pending) => void;
  #queue: Pending[] = [];
  /** Something came while a call was blocked: the server reads no further. */
  #isPaused = false;
  #isReading = false;

  constructor(parts: { judge(pending: Pending): Plan; forget(pending: Pending): void }) {
    this.#judge = parts.judge;
    this.#forget = parts.forget;
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  get isBlocked(): boolean {
    return this.#queue[0]?.isBlocked === true;
  }

  send(requests: readonly Facts[]): void {
    if (this.isBlocked) this.#isPaused = true;
    for (const facts of requests) this.#queue.push({ facts, stage: STAGES[facts.stop], plan: undefined, isBlocked: false, connection: this });
    this.#pump();
  }

  /** The rest of the last request. */
  complete(): void {
    const last = this.#queue.at(-1);
    if (last === undefined) return;
    if (this.isBlocked) this.#isPaused = true;
    last.stage = 'whole';
    this.#pump();
  }

  leave(isGone: boolean): void {
    this.isSilent = true;
    this.isGhost = isGone;
    this.#ended();
  }

  /** A blocked call gets its answer, and what stands behind it its turn. */
  answer(text: string): void {
    const front = this.#queue[0];
    if (front === undefined || !this.isOpen) return;
    this.#isPaused = false;
    this.#answered(front, text);
    this.#pump();
  }

  close(): void {
    this.isOpen = false;
    this.#queue = [];
  }

  /** An answer that a call leads to while it is read does not make what is behind it be read inside of it. */
  #pump(): void {
    if (this.#isReading) return;
    this.#isReading = true;
    let front = this.#queue[0];
    while (front !== undefined && !front.isBlocked && front.stage !== 'nothing' && this.isOpen && this.#step(front)) front = this.#queue[0];
    this.#isReading = false;
  }

  /** False when there is nothing more to do for now. */
  #step(front: Pending): boolean {
    if (front.facts.call.kind === 'badHead') return this.#last(String(BAD_HEAD_STATUSES[front.facts.call.head]));
    if (front.plan === undefined) {
      const plan = this.#judge(front);
      front.plan = plan;
      if (!this.isOpen) return false;
      if (front.facts.framing === 'expect' && front.stage === 'head') {
        if (plan.kind === 'answer') return this.#last(plan.text);
        this.#say('100');
      }
    }
    return this.#read(front, front.plan);
  }

  #read(front: Pending, plan: Plan): boolean {
    const bytes = front.facts.body.length;
    if (front.stage === 'malformed') {
      if (plan.kind === 'collect') plan.progress?.(bytes);
      // A call that was refused stays refused: that its body is bad as well is nobody's business but the connection's.
      return this.#last((plan.kind === 'collect' ? plan.broken() : undefined) ?? '400');
    }
    if (plan.kind === 'collect') plan.progress?.(front.stage === 'whole' ? bytes : front.stage === 'part' ? Math.floor(bytes / 2) : 0);
    if (front.stage !== 'whole') return false;
    const text = plan.kind === 'answer' ? plan.text : plan.received();
    if (text !== undefined) this.#answered(front, text);
    else front.isBlocked = this.#queue[0] === front;
    return !front.isBlocked;
  }

  #answered(front: Pending, text: string): void {
    this.#say(text);
    this.#queue.shift();
    if (front.facts.closes) this.close();
  }

  #last(text: string): false {
    this.#say(text);
    this.close();
    return false;
  }

  #say(text: string): void {
    if (!this.isGhost) this.expected.push(text);
  }

  /** The server sees that no more will come. */
  #ended(): void {
    const front = this.#queue[0];
    if (front?.isBlocked === true) this.#forget(front);
    else if (front?.plan?.kind === 'collect') {
      const text = front.plan.broken();
      if (text !== undefined) this.#say(text);
    }
    this.close();
  }
}
