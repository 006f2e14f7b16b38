/** One extension: who it is, where it stands, the call that it is blocked in, the event that waits for its next call. */
import { stepExtension } from '../lifecycle/extension.ts';
import type { ExtensionEvent } from '../lifecycle/extension.ts';
import type { Outcome } from '../outcome.ts';
import { extensionTransitionMessage } from '../protocol/extension-messages.ts';
import type { ExtensionEventType, ExtensionState } from '../protocol/extension-states.ts';
import { reply } from '../reply.ts';
import type { Waiter } from '../session.ts';

export class Extension {
  readonly name: string;
  readonly isExternal: boolean;
  /** Given out with the registration; unknown to everybody before. */
  readonly identifier: string;
  events: readonly ExtensionEventType[] = [];
  /** What it said of itself in init/error or exit/error. */
  reportedType: string | undefined;
  #state: ExtensionState;
  #waiter: Waiter | undefined;
  #pendingEvent: Outcome | undefined;

  constructor(options: { name: string; isExternal: boolean; identifier: string }) {
    this.name = options.name;
    this.isExternal = options.isExternal;
    this.identifier = options.identifier;
    this.#state = 'Started';
  }

  get state(): ExtensionState {
    return this.#state;
  }

  get isRegistered(): boolean {
    return this.#state !== 'Started' && this.#state !== 'LaunchError';
  }

  /** Waits, with no event that it has yet to be given: a call that was lost leaves one behind until it is made again. */
  get isDone(): boolean {
    return this.#state === 'Ready' && this.#pendingEvent === undefined;
  }

  /** A refusal comes back as the outcome for the caller and changes nothing. */
  step(event: ExtensionEvent, who = this.identifier): Outcome | undefined {
    const step = stepExtension(this.#state, event);
    if (!step.moved) {
      const message = extensionTransitionMessage(step.from, step.refusedTo, who);
      return { kind: 'extensionRefused', errorType: 'Extension.InvalidExtensionState', message };
    }
    this.#state = step.to;
    return undefined;
  }

  /** A call that lost its connection may be made again: nobody else can be blocked then. */
  callNext(): Outcome | undefined {
    return this.#state === 'Ready' && this.#waiter === undefined ? undefined : this.step('nextCalled');
  }

  wait(request: Waiter): void {
    this.#waiter = request;
    this.#hand();
  }

  forgetWaiter(request: Waiter): void {
    if (this.#waiter === request) this.#waiter = undefined;
  }

  /** At once when it is blocked in its call, otherwise when it calls. */
  deliver(event: Outcome): void {
    this.#pendingEvent = event;
    this.#hand();
  }

  #hand(): void {
    const event = this.#pendingEvent;
    const waiter = this.#waiter;
    if (event === undefined || waiter === undefined || this.step('eventDelivered') !== undefined) return;
    this.#pendingEvent = undefined;
    this.#waiter = undefined;
    waiter.answer(reply(event));
  }
}
