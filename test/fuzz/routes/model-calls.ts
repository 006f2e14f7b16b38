/** What each call on the Runtime and Extensions API comes to, by the tables and sections 3, 5 and 11 of the protocol notes. */
import type { ModelEnvironment } from './model-environment.ts';
import type { Pending, Plan } from './model-connection.ts';
import { ModelExtension } from './model-life.ts';
import type { ModelLife } from './model-life.ts';
import type { Facts } from './request-text.ts';
import { EXTENSION_EXIT_ERROR, EXTENSION_INIT_ERROR, EXTENSION_NEXT, INIT_ERROR, NEXT, refusedForExtension, refusedForRuntime, REPLY, RESPONSE_BYTES_MAX } from './tables.ts';

export const OK = '202 OK';
export const INVALID_ID = '400 InvalidRequestID Invalid request ID';
export const TRUNCATED = '400 TruncatedHTTPRequest HTTP request detected as truncated';
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const EXTENSIONS_MAX = 10;

export function judgeCall(environment: ModelEnvironment, pending: Pending): Plan {
  const { facts } = pending;
  const { call } = facts;
  if (call.kind === 'unknownPath') return refuse('404');
  if (call.kind === 'wrongMethod') return refuse('405');
  const id = call.kind === 'response' || call.kind === 'error' ? idOf(facts.target) : '';
  if (id === undefined) return refuse('404');
  const { life } = environment;
  if (life === undefined) return refuse('500 InternalServerError Internal Server Error');
  switch (call.kind) {
    case 'next':
      return next(environment, life, pending);
    case 'response':
      return response(environment, life, { id, facts, isTrailing: call.isTrailing && facts.framing === 'chunked' });
    case 'error':
      return error(environment, life, { id, facts });
    case 'initError':
      return initError(environment, life, facts);
    case 'register':
      return register(environment, life, facts);
    case 'extensionNext':
      return extensionNext(environment, life, pending);
    case 'extensionError':
      return extensionError(environment, life, facts, call.which);
    case 'subscribe': {
      const caller = identify(life, facts, false);
      const invalid = `400 ${call.api === 'telemetry' ? '' : 'Logs.'}ValidationError`;
      return typeof caller === 'string' ? refuse(caller) : { kind: 'collect', received: () => invalid, broken: () => undefined };
    }
    case 'ping':
      return { kind: 'collect', received: () => '200', broken: () => undefined };
    case 'badHead':
      return refuse('400');
    default:
      return call satisfies never;
  }
}

export function refuse(text: string): Plan {
  return { kind: 'answer', text };
}

/** Between the fixed parts of the path, one segment, decoded once; undefined: no such route. */
export function idOf(target: string): string | undefined {
  const path = target.split('?')[0] ?? '';
  const segment = /^\/2018-06-01\/runtime\/invocation\/([^/]+)\/(?:response|error)$/.exec(path)?.[1];
  if (segment === undefined) return undefined;
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

function next(environment: ModelEnvironment, life: ModelLife, pending: Pending): Plan {
  const cell = NEXT[life.runtimeState];
  if (cell !== 'B' && cell !== 'again') return refuse(refusedForRuntime(life.runtimeState, cell));
  if (cell === 'B') life.runtimeState = 'Ready';
  return {
    kind: 'collect',
    received() {
      if (life.runtimeState === 'Running' && life.current !== undefined) return life.current.event;
      life.waiters.push(pending);
      const isNews = life.waiters.length === 1 || !life.isWaitingKnown;
      if (isNews) {
        life.isWaitingKnown = true;
        life.current = undefined;
        if (!life.isOver) life.isRegistrationClosed = true;
        environment.proceed(life);
      }
      return undefined;
    },
    broken: () => undefined,
  };
}

type Reply = { id: string; facts: Facts };

function response(environment: ModelEnvironment, life: ModelLife, { id, facts, isTrailing }: Reply & { isTrailing: boolean }): Plan {
  if (life.current?.id !== id) return refuse(INVALID_ID);
  if (REPLY[life.runtimeState] === 'refused') return refuse(refusedForRuntime(life.runtimeState, 'InvocationResponse'));
  const mode = facts.headers.get('Lambda-Runtime-Function-Response-Mode');
  if (mode !== undefined && mode !== 'streaming') {
    // Listed difference: RIE stays in InvocationResponse and the runtime is stuck (section 4.2, note 3).
    life.runtimeState = 'RuntimeResponseSentState';
    environment.replied(life, { isError: true, errorType: 'Runtime.InvalidResponseModeHeader', body: '' });
    return refuse('400 InvalidFunctionResponseMode Invalid function response mode');
  }
  life.runtimeState = 'InvocationResponse';
  const isStreamed = mode === 'streaming' && environment.beginStream(life);
  const end = (): void => void (life.runtimeState = 'RuntimeResponseSentState');
  return {
    kind: 'collect',
    progress: (bytes) => isStreamed && environment.streamed(life, facts.body.slice(0, bytes)),
    received() {
      end();
      if (!isStreamed && facts.body.length > RESPONSE_BYTES_MAX) return tooLarge(environment, life);
      if (isTrailing) environment.replied(life, { isError: true, errorType: 'Runtime.Late', body: '"late"' });
      else environment.replied(life, { isError: false, body: isStreamed ? '' : facts.body });
      return OK;
    },
    broken() {
      end();
      environment.truncated(life);
      return TRUNCATED;
    },
  };
}

function tooLarge(environment: ModelEnvironment, life: ModelLife): string {
  const errorMessage = `Response payload size exceeded maximum allowed payload size (${RESPONSE_BYTES_MAX} bytes).`;
  environment.replied(life, {
    isError: true,
    errorType: 'Function.ResponseSizeTooLarge',
    body: JSON.stringify({ errorMessage, errorType: 'Function.ResponseSizeTooLarge' }),
  });
  return `413 RequestEntityTooLarge Exceeded maximum allowed payload size (${RESPONSE_BYTES_MAX} bytes).`;
}

function error(environment: ModelEnvironment, life: ModelLife, { id, facts }: Reply): Plan {
  if (life.current?.id !== id) return refuse(INVALID_ID);
  if (REPLY[life.runtimeState] === 'refused') return refuse(refusedForRuntime(life.runtimeState, 'InvocationErrorResponse'));
  life.runtimeState = 'InvocationErrorResponse';
  return {
    kind: 'collect',
    received() {
      life.runtimeState = 'RuntimeResponseSentState';
      environment.replied(life, { isError: true, ...reportedError(facts) });
      return OK;
    },
    broken() {
      life.runtimeState = 'RuntimeResponseSentState';
      environment.truncated(life);
      return TRUNCATED;
    },
  };
}

function initError(environment: ModelEnvironment, life: ModelLife, facts: Facts): Plan {
  if (INIT_ERROR[life.runtimeState] === 'refused') return refuse(refusedForRuntime(life.runtimeState, 'InitError'));
  life.runtimeState = 'InitError';
  return {
    kind: 'collect',
    received() {
      const { errorType, body } = reportedError(facts);
      environment.reported(life, { failure: { status: 'error', errorType, body: () => body }, by: 'runtime' });
      return OK;
    },
    broken: () => TRUNCATED,
  };
}

/** Section 5.3: what the type header counts as, and the body that is made where there is none. */
export function reportedError({ headers, body }: Facts): { errorType: string; body: string } {
  const header = headers.get('Lambda-Runtime-Function-Error-Type');
  const isKept = header !== undefined && /(Runtime|Function)\.[A-Z][a-zA-Z]+/.test(header);
  const errorType = isKept ? header : header?.startsWith('Function.') === true ? 'Function.Unknown' : 'Runtime.Unknown';
  return { errorType, body: body === '' ? JSON.stringify({ errorType }) : body };
}

function register(environment: ModelEnvironment, life: ModelLife, { headers, body, call }: Facts): Plan {
  const name = headers.get('Lambda-Extension-Name') ?? '';
  return {
    kind: 'collect',
    received() {
      if (call.kind !== 'register') return '404';
      if (['notJson', 'list', 'keys', 'notTexts'].includes(call.body)) return '403 InvalidRequestFormat';
      if (call.body === 'unknownEvent') return '403 Extension.InvalidEventType invoke: ErrorInvalidEventType';
      const events = call.body === 'both' ? ['INVOKE', 'SHUTDOWN'] : ['INVOKE', 'SHUTDOWN'].filter((event) => body.includes(`"${event}"`));
      const refusal = refusedRegistration(life, name, events);
      if (refusal !== undefined) return refusal;
      const extension = life.externals.find((external) => external.name === name) ?? new ModelExtension(name, false);
      if (!extension.isExternal) life.extensions.push(extension);
      extension.state = 'Registered';
      extension.events = events;
      environment.extensionMoved(life);
      return `200 registered ${name}`;
    },
    broken: () => undefined,
  };
}

function refusedRegistration(life: ModelLife, name: string, events: readonly string[]): string | undefined {
  const known = life.extensions.find((extension) => extension.name === name);
  if (known?.isExternal === true) return known.state === 'Started' ? undefined : refusedForExtension(known.state, 'Registered', name);
  if (events.includes('SHUTDOWN')) return '403 Extension.InvalidEventType SHUTDOWN: ShutdownEventNotSupportedForInternalExtension';
  if (life.isRegistrationClosed) return '403 Extension.RegistrationClosed Extension registration closed already';
  if (known !== undefined) return '403 Extension.InvalidExtensionState Extension with this name already registered';
  return life.extensions.length >= EXTENSIONS_MAX ? `403 Extension.TooManyExtensions Extension limit (${EXTENSIONS_MAX}) reached` : undefined;
}

/** `isErrorCall`: these do not repeat an identifier that nobody knows. */
function identify(life: ModelLife, { headers }: Facts, isErrorCall: boolean): ModelExtension | string {
  const identifier = headers.get('Lambda-Extension-Identifier');
  if (identifier === undefined) return '403 Extension.MissingExtensionIdentifier Missing Lambda-Extension-Identifier header';
  if (!UUID.test(identifier)) return '403 Extension.InvalidExtensionIdentifier Invalid Lambda-Extension-Identifier';
  const found = life.extensions.find((extension) => extension.identifier === identifier.toLowerCase());
  return found ?? `403 Extension.UnknownExtensionIdentifier ${isErrorCall ? 'Unknown Lambda-Extension-Identifier' : `Unknown extension ${identifier}`}`;
}

function extensionNext(environment: ModelEnvironment, life: ModelLife, pending: Pending): Plan {
  const extension = identify(life, pending.facts, false);
  if (typeof extension === 'string') return refuse(extension);
  const isRepeated = extension.state === 'Ready' && extension.waiter === undefined;
  if (EXTENSION_NEXT[extension.state] === 'refused' && !isRepeated) return refuse(refusedForExtension(extension.state, 'Ready', extension.identifier ?? ''));
  extension.state = 'Ready';
  return {
    kind: 'collect',
    received() {
      extension.waiter = pending;
      extension.hand();
      if (extension.state === 'Ready') environment.extensionMoved(life);
      return undefined;
    },
    broken: () => undefined,
  };
}

function extensionError(environment: ModelEnvironment, life: ModelLife, facts: Facts, which: 'init' | 'exit'): Plan {
  const extension = identify(life, facts, true);
  if (typeof extension === 'string') return refuse(extension);
  const type = facts.headers.get('Lambda-Extension-Function-Error-Type');
  if (type === undefined) return refuse('403 Extension.MissingHeader Lambda-Extension-Function-Error-Type not found');
  const cell = (which === 'init' ? EXTENSION_INIT_ERROR : EXTENSION_EXIT_ERROR)[extension.state];
  if (cell === 'refused') return refuse(refusedForExtension(extension.state, which === 'init' ? 'InitError' : 'Exited', extension.identifier ?? ''));
  if (cell === 'A') {
    extension.state = which === 'init' ? 'InitError' : 'ExitError';
    environment.extensionReported(life, extension, type);
  }
  return { kind: 'collect', received: () => OK, broken: () => TRUNCATED };
}
