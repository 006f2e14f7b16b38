/** All cases about runtimes, by topic. A test compares this list with the files of the folder. */
import type { Topic } from '../../case.ts';
import type { RuntimeCase } from '../runtime-case.ts';
import { ERROR_CASES } from './errors.ts';
import { INVOCATION_CASES } from './invocation.ts';
import { LIFE_CYCLE_CASES } from './life-cycle.ts';
import { LOOP_CASES } from './loop.ts';
import { STREAM_CASES } from './streams.ts';

export const RUNTIME_TOPICS: readonly Topic<RuntimeCase>[] = [
  { name: 'loop', cases: LOOP_CASES },
  { name: 'invocation', cases: INVOCATION_CASES },
  { name: 'errors', cases: ERROR_CASES },
  { name: 'streams', cases: STREAM_CASES },
  { name: 'life-cycle', cases: LIFE_CYCLE_CASES },
];
