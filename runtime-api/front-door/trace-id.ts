/** X-Ray trace headers for invokers that sent none. On AWS a runtime gets one with every event, sampled or not. */
import { randomBytes } from 'node:crypto';

const POOL_BYTES = 4_000;
const NEEDED_BYTES = 20;
let pool = Buffer.alloc(0);

/** `Root=1-<8 hex of the time>-<24 hex>;Parent=<16 hex>;Sampled=0`. Source: X-Ray developer guide, tracing header. */
export function freshTraceId(nowEpochMs: number): string {
  if (pool.length < NEEDED_BYTES) pool = randomBytes(POOL_BYTES);
  const root = pool.toString('hex', 0, 12);
  const parent = pool.toString('hex', 12, 20);
  pool = pool.subarray(NEEDED_BYTES);
  const seconds = Math.floor(nowEpochMs / 1000).toString(16).padStart(8, '0');
  return `Root=1-${seconds}-${root};Parent=${parent};Sampled=0`;
}
