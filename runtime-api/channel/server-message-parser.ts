/**
 * The parser between an environment's frames and the worker's belief. The server inside shares the function's user and could have
 * been taken over, so the worker never acts on a header that has not been through here.
 */
import { z } from 'zod';
import { CONTENT_TYPE_BYTES_MAX } from '../protocol/limits.ts';
import { FrameError } from './frames.ts';
import type { Frame } from './frames.ts';
import { SERVER_TYPES } from './messages.ts';
import type { ServerMessage } from './messages.ts';

const requestId = z.string().min(1).max(128);
const errorType = z.string().max(256).optional();
const status = z.enum(['success', 'error', 'timeout']);
const HELLO = z.object({ protocol: z.number().int() });
const ADMIT = z.object({ processId: z.number().int().positive() });
const INIT_REPORTED = z.object({ phase: z.enum(['init', 'invoke']), status, errorType });
const STARTED = z.object({ requestId });
const ANSWERED = z.object({
  requestId,
  isFunctionError: z.boolean(),
  origin: z.enum(['reply', 'crash', 'timeout']),
  errorType,
  errorCode: errorType,
  isStreamed: z.boolean().optional(),
});
const STREAM_BEGUN = z.object({ requestId, contentType: z.string().max(CONTENT_TYPE_BYTES_MAX).optional() });
const COMPLETED = z.object({ requestId, status, errorType });

/** Throws `FrameError` for anything that is not exactly one of the messages. */
export function decodeServerMessage(frame: Frame): ServerMessage {
  switch (frame.type) {
    case SERVER_TYPES.log:
      return { kind: 'log', bytes: frame.payload };
    case SERVER_TYPES.streamed:
      return { kind: 'streamed', bytes: frame.payload };
    case SERVER_TYPES.streamBegun:
      return { kind: 'streamBegun', ...parse(STREAM_BEGUN, frame.header) };
    case SERVER_TYPES.answered:
      return { kind: 'answered', answer: { ...parse(ANSWERED, frame.header), body: frame.payload } };
    case SERVER_TYPES.completed:
      return { kind: 'completed', ...parse(COMPLETED, frame.header) };
    case SERVER_TYPES.started:
      return { kind: 'started', ...parse(STARTED, frame.header) };
    case SERVER_TYPES.initReported:
      return { kind: 'initReported', ...parse(INIT_REPORTED, frame.header) };
    case SERVER_TYPES.admit:
      return { kind: 'admit', ...parse(ADMIT, frame.header) };
    case SERVER_TYPES.hello:
      return { kind: 'hello', ...parse(HELLO, frame.header) };
    case SERVER_TYPES.figuresWanted:
      return { kind: 'figuresWanted', ...parse(COMPLETED, frame.header) };
    case SERVER_TYPES.endAll:
      return { kind: 'endAll' };
    case SERVER_TYPES.extensionsFound:
      return { kind: 'extensionsFound' };
    case SERVER_TYPES.shutDownEnded:
      return { kind: 'shutDownEnded' };
    default:
      throw new FrameError(`frame of unknown type ${frame.type}`);
  }
}

function parse<T>(schema: z.ZodType<T>, header: unknown): T {
  const result = schema.safeParse(header);
  if (!result.success) throw new FrameError(`frame header of the wrong shape: ${result.error.issues[0]?.message ?? ''}`);
  return result.data;
}
