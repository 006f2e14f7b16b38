/** One life of the processes as the model sees it: the runtime's state and its waiting calls, and every extension. */
import type { Pending } from './model-connection.ts';
import type { ExtensionState, RuntimeState } from './tables.ts';

export class ModelExtension {
  readonly name: string;
  readonly isExternal: boolean;
  state: ExtensionState = 'Started';
  identifier: string | undefined;
  events: readonly string[] = [];
  waiter: Pending | undefined;
  pendingEvent: string | undefined;
  hasReported = false;
  /** Of an external one; `none` before it was started. */
  process: 'running' | 'ended';

  constructor(name: string, isExternal: boolean) {
    this.name = name;
    this.isExternal = isExternal;
    this.process = isExternal ? 'running' : 'ended';
  }

  deliver(event: string): void {
    this.pendingEvent = event;
    this.hand();
  }

  /** An event is given once, to a call that is blocked. */
  hand(): void {
    const { pendingEvent, waiter } = this;
    if (pendingEvent === undefined || waiter === undefined || this.state !== 'Ready') return;
    this.pendingEvent = undefined;
    this.waiter = undefined;
    this.state = 'Running';
    waiter.connection.answer(pendingEvent);
  }
}

export class ModelLife {
  runtimeState: RuntimeState = 'Started';
  runtimeProcess: 'none' | 'running' | 'ended' = 'none';
  /** The invocation that the runtime was given, until it asks for the next one. */
  current: { id: string; event: string } | undefined;
  waiters: Pending[] = [];
  /** It is known that the runtime waits: a further call is then a second thread, and no news. */
  isWaitingKnown = false;
  isRegistrationClosed = false;
  isOver = false;
  readonly extensions: ModelExtension[];

  constructor(externals: readonly string[]) {
    this.extensions = externals.map((name) => new ModelExtension(name, true));
  }

  get externals(): ModelExtension[] {
    return this.extensions.filter((extension) => extension.isExternal);
  }

  get areAllReady(): boolean {
    return this.extensions.every((extension) => extension.state === 'Ready');
  }

  /** Every subscriber has had its event and waits again. */
  get areSubscribersDone(): boolean {
    return this.extensions.every((extension) => !extension.events.includes('INVOKE') || (extension.state === 'Ready' && extension.pendingEvent === undefined));
  }

  deliver(current: { id: string; event: string }): void {
    const waiter = this.waiters[0];
    if (waiter === undefined || this.runtimeState !== 'Ready') return;
    this.waiters.shift();
    this.isWaitingKnown = false;
    this.runtimeState = 'Running';
    this.current = current;
    waiter.connection.answer(current.event);
  }

  forget(pending: Pending): void {
    this.waiters = this.waiters.filter((waiter) => waiter !== pending);
    for (const extension of this.extensions) if (extension.waiter === pending) extension.waiter = undefined;
  }
}
