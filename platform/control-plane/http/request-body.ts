/**
 * Reads request bodies under two limits: one per request, and one for all that are held at once, so that a handful of
 * uploads cannot fill the memory of the process that also serves invocations.
 */
import type { IncomingMessage } from 'node:http';
import { ApiError } from '../../api/index.ts';
import { REQUEST_BYTES_DRAINED_MAX, REQUEST_BYTES_IN_FLIGHT_MAX, REQUEST_BYTES_MAX } from '../limits.ts';

export interface BodyReader {
  /** Calls `use` with the whole body and counts its bytes as held until `use` has finished. */
  withBody<T>(request: IncomingMessage, operation: string, use: (body: Buffer) => Promise<T> | T): Promise<T>;
}

export type BodyLimits = { requestBytesMax: number; inFlightBytesMax: number; drainedBytesMax: number };

const LIMITS: BodyLimits = {
  requestBytesMax: REQUEST_BYTES_MAX,
  inFlightBytesMax: REQUEST_BYTES_IN_FLIGHT_MAX,
  drainedBytesMax: REQUEST_BYTES_DRAINED_MAX,
};

export function createBodyReader(limits = LIMITS): BodyReader {
  let heldBytes = 0;
  return {
    async withBody(request, operation, use) {
      let chunks: Buffer[] = [];
      let bodyBytes = 0;
      let drainedBytes = 0;
      let refusal: ApiError | undefined;
      try {
        for await (const chunk of request.iterator({ destroyOnReturn: false })) {
          const bytes: Buffer = Buffer.from(chunk);
          refusal ??= refusalOf(bodyBytes + bytes.length, heldBytes + bytes.length, operation, limits);
          if (refusal === undefined) {
            chunks.push(bytes);
            bodyBytes += bytes.length;
            heldBytes += bytes.length;
            continue;
          }
          // Read on without keeping: a client that is still sending when the connection closes never reads the answer.
          chunks = [];
          drainedBytes += bytes.length;
          if (drainedBytes <= limits.drainedBytesMax) continue;
          request.destroy();
          break;
        }
        if (refusal !== undefined) throw refusal;
        const body = Buffer.concat(chunks);
        chunks = [];
        return await use(body);
      } finally {
        heldBytes -= bodyBytes;
      }
    },
  };
}

function refusalOf(bodyBytes: number, heldBytes: number, operation: string, limits: BodyLimits): ApiError | undefined {
  if (bodyBytes > limits.requestBytesMax) {
    const text = `Request must be smaller than ${limits.requestBytesMax} bytes for the ${operation} operation`;
    return new ApiError('RequestEntityTooLargeException', text);
  }
  if (heldBytes > limits.inFlightBytesMax) {
    const extra = { reason: 'CallerRateLimitExceeded', retryAfterSeconds: 1 } as const;
    return new ApiError('TooManyRequestsException', 'Rate Exceeded.', extra);
  }
  return undefined;
}
