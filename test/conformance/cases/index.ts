/** All cases, by topic. A test compares this list with the files of the folder. */
import type { Topic } from '../case.ts';
import { RUNTIME_ERROR_CASES } from './runtime-error.ts';
import { RUNTIME_NEXT_CASES } from './runtime-next.ts';
import { RUNTIME_RESPONSE_CASES } from './runtime-response.ts';
import { RUNTIME_STATES_CASES } from './runtime-states.ts';
import { RUNTIME_TRANSPORT_CASES } from './runtime-transport.ts';

export const TOPICS: readonly Topic[] = [
  { name: 'runtime-next', cases: RUNTIME_NEXT_CASES },
  { name: 'runtime-response', cases: RUNTIME_RESPONSE_CASES },
  { name: 'runtime-error', cases: RUNTIME_ERROR_CASES },
  { name: 'runtime-states', cases: RUNTIME_STATES_CASES },
  { name: 'runtime-transport', cases: RUNTIME_TRANSPORT_CASES },
];
