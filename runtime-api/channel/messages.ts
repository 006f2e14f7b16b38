/**
 * What the worker and an environment's server say to each other, in both directions, and how it is put into frames.
 * The reading side of the server's messages, which the worker must not believe, is in server-message-parser.ts.
 */
import type { EnvironmentConfiguration } from '../environment-contract.ts';
import type { Invocation, InvocationAnswer } from '../protocol/invocation.ts';
import type { InvocationFigures } from '../telemetry/platform-event.ts';
import { encodeFrame, FrameError } from './frames.ts';
import type { Frame } from './frames.ts';

export type WorkerMessage =
  | { kind: 'configure'; configuration: EnvironmentConfiguration }
  | { kind: 'invoke'; invocation: Invocation }
  /** The process named by `processId` is in the function's group; false: it could not be put there. */
  | { kind: 'admitted'; processId: number; ok: boolean }
  /** Every process of the function's group is dead. */
  | { kind: 'allEnded' }
  /** So much more of the invocation's streamed response may be sent. */
  | { kind: 'streamGranted'; requestId: string; bytes: number }
  /** What the worker has measured of an invocation in an environment with extensions, for those that subscribe to it. */
  | { kind: 'reported'; figures: InvocationFigures }
  | { kind: 'shutDown' };

export type ServerMessage =
  /** The Runtime API listens; the environment is blank and ready to be configured. */
  | { kind: 'hello'; protocol: number }
  | { kind: 'admit'; processId: number }
  | { kind: 'endAll' }
  | { kind: 'log'; bytes: Buffer }
  | { kind: 'initReported'; phase: 'init' | 'invoke'; status: 'success' | 'error' | 'timeout'; errorType?: string | undefined }
  | { kind: 'started'; requestId: string }
  /** In place of a body in `answered`: the response comes in pieces, as far as the worker grants it; `answered` ends it. */
  | { kind: 'streamBegun'; requestId: string; contentType?: string | undefined }
  | { kind: 'streamed'; bytes: Buffer }
  | { kind: 'answered'; answer: InvocationAnswer }
  | { kind: 'completed'; requestId: string; status: 'success' | 'error' | 'timeout'; errorType?: string | undefined }
  /** The running invocation has failed, and extensions are about to be ended: they are to hear of its figures (`reported`) before. */
  | { kind: 'figuresWanted'; requestId: string; status: 'success' | 'error' | 'timeout'; errorType?: string | undefined }
  /** There are extensions: the end of this environment takes time and should be asked for by `shutDown`. */
  | { kind: 'extensionsFound' }
  /** The answer to `shutDown`: every process has been ended, and what they printed was sent. The server ends behind it. */
  | { kind: 'shutDownEnded' };

export const CHANNEL_PROTOCOL = 1;

export const WORKER_TYPES = { configure: 1, invoke: 2, admitted: 3, allEnded: 4, shutDown: 5, streamGranted: 6, reported: 7 } as const;
export const SERVER_TYPES = {
  hello: 65,
  admit: 66,
  endAll: 67,
  log: 68,
  initReported: 69,
  started: 70,
  answered: 71,
  completed: 72,
  streamBegun: 73,
  streamed: 74,
  extensionsFound: 75,
  shutDownEnded: 76,
  figuresWanted: 77,
} as const;

export function encodeServerMessage(message: ServerMessage): Buffer[] {
  const type = SERVER_TYPES[message.kind];
  switch (message.kind) {
    case 'log':
    case 'streamed':
      return encodeFrame(type, 0, message.bytes);
    case 'answered': {
      const { body, ...header } = message.answer;
      return encodeFrame(type, header, body);
    }
    default: {
      const { kind: _, ...header } = message;
      return encodeFrame(type, header);
    }
  }
}

export function encodeWorkerMessage(message: WorkerMessage): Buffer[] {
  const type = WORKER_TYPES[message.kind];
  switch (message.kind) {
    case 'configure':
      return encodeFrame(type, message.configuration);
    case 'invoke': {
      const { payload, ...header } = message.invocation;
      return encodeFrame(type, header, payload);
    }
    case 'reported':
      return encodeFrame(type, message.figures);
    default: {
      const { kind: _, ...header } = message;
      return encodeFrame(type, header);
    }
  }
}

/** The worker is the platform itself: its headers are taken as they are. An unknown type is a version mismatch. */
export function decodeWorkerMessage(frame: Frame): WorkerMessage {
  switch (frame.type) {
    case WORKER_TYPES.configure:
      return { kind: 'configure', configuration: trusted<EnvironmentConfiguration>(frame.header) };
    case WORKER_TYPES.invoke:
      return { kind: 'invoke', invocation: { ...trusted<Omit<Invocation, 'payload'>>(frame.header), payload: frame.payload } };
    case WORKER_TYPES.admitted:
      return { kind: 'admitted', ...trusted<{ processId: number; ok: boolean }>(frame.header) };
    case WORKER_TYPES.allEnded:
      return { kind: 'allEnded' };
    case WORKER_TYPES.streamGranted:
      return { kind: 'streamGranted', ...trusted<{ requestId: string; bytes: number }>(frame.header) };
    case WORKER_TYPES.reported:
      return { kind: 'reported', figures: trusted<InvocationFigures>(frame.header) };
    case WORKER_TYPES.shutDown:
      return { kind: 'shutDown' };
    default:
      throw new FrameError(`frame of unknown type ${frame.type}`);
  }
}

function trusted<T>(header: unknown): T {
  return header as T;
}
