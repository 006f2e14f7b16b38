/**
 * The parser between an environment's frames and the worker's belief. The server inside shares the function's user and could have
 * been taken over, so the worker never acts on a header that has not been through here.
 */
import { CONTENT_TYPE_BYTES_MAX } from '../protocol/limits.ts';
import { FrameError } from './frames.ts';
import type { Frame } from './frames.ts';
import { HeaderReader } from './header-reader.ts';
import { SERVER_TYPES } from './messages.ts';
import type { ServerMessage } from './messages.ts';

const REQUEST_ID_CHARACTERS_MAX = 128;
const ERROR_TYPE_CHARACTERS_MAX = 256;
const PHASES = ['init', 'invoke'] as const;
const STATUSES = ['success', 'error', 'timeout'] as const;
const ORIGINS = ['reply', 'crash', 'timeout'] as const;

/** Throws `FrameError` for anything that is not exactly one of the messages; members that nobody asked for do not come through. */
export function decodeServerMessage(frame: Frame): ServerMessage {
  switch (frame.type) {
    case SERVER_TYPES.log:
      return { kind: 'log', bytes: frame.payload };
    case SERVER_TYPES.streamed:
      return { kind: 'streamed', bytes: frame.payload };
    case SERVER_TYPES.endAll:
      return { kind: 'endAll' };
    case SERVER_TYPES.extensionsFound:
      return { kind: 'extensionsFound' };
    case SERVER_TYPES.shutDownEnded:
      return { kind: 'shutDownEnded' };
    default:
      return decodeWithHeader(frame, new HeaderReader(frame.header));
  }
}

function decodeWithHeader({ type, payload }: Frame, header: HeaderReader): ServerMessage {
  switch (type) {
    case SERVER_TYPES.answered:
      return {
        kind: 'answered',
        answer: {
          requestId: requestIdOf(header),
          body: payload,
          isFunctionError: header.flag('isFunctionError'),
          origin: header.oneOf('origin', ORIGINS),
          errorType: errorTypeOf(header),
          errorCode: header.optionalText('errorCode', ERROR_TYPE_CHARACTERS_MAX),
          isStreamed: header.optionalFlag('isStreamed'),
        },
      };
    case SERVER_TYPES.completed:
      return { kind: 'completed', ...endOf(header) };
    case SERVER_TYPES.figuresWanted:
      return { kind: 'figuresWanted', ...endOf(header) };
    case SERVER_TYPES.started:
      return { kind: 'started', requestId: requestIdOf(header) };
    case SERVER_TYPES.streamBegun:
      return { kind: 'streamBegun', requestId: requestIdOf(header), contentType: header.optionalText('contentType', CONTENT_TYPE_BYTES_MAX) };
    case SERVER_TYPES.initReported:
      return { kind: 'initReported', phase: header.oneOf('phase', PHASES), status: header.oneOf('status', STATUSES), errorType: errorTypeOf(header) };
    case SERVER_TYPES.admit:
      return { kind: 'admit', processId: header.integer('processId', { minimum: 1 }) };
    case SERVER_TYPES.hello:
      return { kind: 'hello', protocol: header.integer('protocol', { minimum: 0 }) };
    default:
      throw new FrameError(`frame of unknown type ${type}`);
  }
}

function endOf(header: HeaderReader): { requestId: string; status: (typeof STATUSES)[number]; errorType: string | undefined } {
  return { requestId: requestIdOf(header), status: header.oneOf('status', STATUSES), errorType: errorTypeOf(header) };
}

function requestIdOf(header: HeaderReader): string {
  return header.text('requestId', REQUEST_ID_CHARACTERS_MAX);
}

function errorTypeOf(header: HeaderReader): string | undefined {
  return header.optionalText('errorType', ERROR_TYPE_CHARACTERS_MAX);
}
