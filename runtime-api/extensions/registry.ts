/**
 * The extensions of one life of the environment, from a start of its processes to their end: who may register, who has to be waited
 * for, who gets which event. A reset begins a new registry, so that no identifier outlives it. Source: extensions guide; RIE `core/registrations.go`.
 */
import { randomUUID } from 'node:crypto';
import type { Outcome } from '../outcome.ts';
import type { ExtensionReplyErrorType } from '../protocol/error-types.ts';
import {
  ALREADY_REGISTERED_MESSAGE,
  INVALID_IDENTIFIER_MESSAGE,
  invalidEventTypeMessage,
  MISSING_ERROR_TYPE_MESSAGE,
  MISSING_IDENTIFIER_MESSAGE,
  NO_EVENTS_FOR_INTERNAL_MESSAGE,
  REGISTRATION_CLOSED_MESSAGE,
  shutdownEventNotSupportedMessage,
  tooManyExtensionsMessage,
  UNKNOWN_IDENTIFIER_MESSAGE,
  unknownExtensionMessage,
} from '../protocol/extension-messages.ts';
import type { ExtensionEventType } from '../protocol/extension-states.ts';
import { EXTENSIONS_MAX } from '../protocol/limits.ts';
import type { Waiter } from '../session.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import { invocationEvent } from './events.ts';
import type { InvocationEvent } from './events.ts';
import { Extension } from './extension.ts';

export type FunctionIdentity = { functionName: string; functionVersion: string; handler: string; accountId?: string | undefined };

export type RegistryOptions = {
  /** Base names of the files that were found; whoever registers under one of them is taken for its process. */
  externalNames: readonly string[];
  /** With the file that switches extensions off their routes are not there. */
  isDisabled: boolean;
  /** With several invocations at once none of them is an event for extensions. */
  isConcurrent?: boolean | undefined;
  identity: FunctionIdentity;
  /** Absent: the Telemetry and Logs APIs are known and not offered. */
  telemetry?: Telemetry | undefined;
  listener: RegistryListener;
};

export type RegistryListener = {
  /** Somebody registered, or blocks in `event/next`. */
  extensionMoved(): void;
  extensionFailed(extension: Extension, kind: 'initError' | 'exitError'): void;
};

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export class ExtensionRegistry {
  readonly isDisabled: boolean;
  readonly telemetry: Telemetry | undefined;
  readonly isConcurrent: boolean;
  readonly #options: RegistryOptions;
  readonly #extensions: Extension[];
  #isClosed = false;

  constructor(options: RegistryOptions) {
    this.#options = options;
    this.isDisabled = options.isDisabled;
    this.telemetry = options.telemetry;
    this.isConcurrent = options.isConcurrent === true;
    this.#extensions = options.externalNames.map((name) => new Extension({ name, isExternal: true, identifier: randomUUID() }));
  }

  get all(): readonly Extension[] {
    return this.#extensions;
  }

  get externals(): Extension[] {
    return this.#extensions.filter((extension) => extension.isExternal);
  }

  get isEmpty(): boolean {
    return this.#extensions.length === 0;
  }

  /** The runtime may start. */
  get areExternalsRegistered(): boolean {
    return this.#extensions.every((extension) => !extension.isExternal || extension.isRegistered);
  }

  /** The initialisation is complete as far as extensions go. */
  get areAllReady(): boolean {
    return this.#extensions.every((extension) => extension.state === 'Ready');
  }

  /** The invocation is complete as far as extensions go. */
  get areSubscribersReady(): boolean {
    return this.#extensions.every((extension) => extension.isDone || !extension.events.includes('INVOKE'));
  }

  /** Nobody new from the runtime's first `next` on. */
  closeRegistration(): void {
    this.#isClosed = true;
  }

  register(request: { name: string; events: readonly ExtensionEventType[]; wantsAccountId: boolean }): Outcome {
    const external = this.#extensions.find((extension) => extension.isExternal && extension.name === request.name);
    const unavailable = this.isConcurrent ? concurrentRefusal(request.events, external !== undefined) : undefined;
    if (unavailable !== undefined) return unavailable;
    const registered = external === undefined ? this.#registerInternal(request) : registerExternal(external);
    if (!(registered instanceof Extension)) return registered;
    registered.events = request.events;
    const { accountId, ...identity } = this.#options.identity;
    const body = request.wantsAccountId && accountId !== undefined ? { ...identity, accountId } : identity;
    // The answer first: what follows from it may be that somebody else is started.
    queueMicrotask(() => this.#options.listener.extensionMoved());
    return { kind: 'registered', identifier: registered.identifier, body };
  }

  /** Whoever sent the identifier, or the refusal. `initError` and `exitError` do not repeat an unknown identifier. */
  identify(identifier: string | undefined, call: 'event' | 'error'): Extension | Outcome {
    if (identifier === undefined || identifier === '') return refused('Extension.MissingExtensionIdentifier', MISSING_IDENTIFIER_MESSAGE);
    if (!UUID.test(identifier)) return refused('Extension.InvalidExtensionIdentifier', INVALID_IDENTIFIER_MESSAGE);
    const found = this.#extensions.find((extension) => extension.isRegistered && extension.identifier === identifier.toLowerCase());
    if (found !== undefined) return found;
    const message = call === 'event' ? unknownExtensionMessage(identifier) : UNKNOWN_IDENTIFIER_MESSAGE;
    return refused('Extension.UnknownExtensionIdentifier', message);
  }

  wait(extension: Extension, request: Waiter): void {
    extension.wait(request);
    // An event that waited for this call has been handed over already.
    if (extension.state === 'Ready') this.#options.listener.extensionMoved();
  }

  /** The call's own checks come before this; a report that is repeated changes nothing. */
  reportError(extension: Extension, kind: 'initError' | 'exitError', errorType: string | undefined): Outcome | undefined {
    if (errorType === undefined || errorType === '') return refused('Extension.MissingHeader', MISSING_ERROR_TYPE_MESSAGE);
    const outcome = extension.step(kind === 'initError' ? 'initErrorReported' : 'exitErrorReported');
    if (outcome !== undefined || extension.reportedType !== undefined) return outcome;
    extension.reportedType = errorType;
    this.#options.listener.extensionFailed(extension, kind);
    return undefined;
  }

  /** To every subscriber, each event with an identifier of its own. */
  deliverInvocation(event: InvocationEvent): void {
    for (const extension of this.#extensions) if (extension.events.includes('INVOKE')) extension.deliver(invocationEvent(event));
  }

  #registerInternal(request: { name: string; events: readonly ExtensionEventType[] }): Extension | Outcome {
    if (request.events.includes('SHUTDOWN')) return refused('Extension.InvalidEventType', shutdownEventNotSupportedMessage('SHUTDOWN'));
    if (this.#isClosed) return refused('Extension.RegistrationClosed', REGISTRATION_CLOSED_MESSAGE);
    if (this.#extensions.some((extension) => extension.name === request.name)) {
      return refused('Extension.InvalidExtensionState', ALREADY_REGISTERED_MESSAGE);
    }
    if (this.#extensions.length >= EXTENSIONS_MAX) return refused('Extension.TooManyExtensions', tooManyExtensionsMessage(EXTENSIONS_MAX));
    const extension = new Extension({ name: request.name, isExternal: false, identifier: randomUUID() });
    extension.step('registerCalled');
    this.#extensions.push(extension);
    return extension;
  }
}

/** Source: RIE `internal/lambda-managed-instances/core/registrations.go`. */
function concurrentRefusal(events: readonly ExtensionEventType[], isExternal: boolean): Outcome | undefined {
  if (!isExternal && events.length > 0) return refused('Extension.InvalidEventType', NO_EVENTS_FOR_INTERNAL_MESSAGE);
  return events.includes('INVOKE') ? refused('Extension.InvalidEventType', invalidEventTypeMessage('INVOKE')) : undefined;
}

function registerExternal(extension: Extension): Extension | Outcome {
  return extension.step('registerCalled', extension.name) ?? extension;
}

function refused(errorType: ExtensionReplyErrorType, message: string): Outcome {
  return { kind: 'extensionRefused', errorType, message };
}
