/** All cases about runtimes, by topic. A test compares this list with the files of the folder. */
import type { Topic } from '../../case.ts';
import type { RuntimeCase } from '../runtime-case.ts';
import { ERROR_CASES } from './errors.ts';
import { INVOCATION_CASES } from './invocation.ts';
import { LIFE_CYCLE_CASES } from './life-cycle.ts';
import { LOOP_CASES } from './loop.ts';
import { JAVA_HANDLER_CASES } from '../managed/java-handlers.ts';
import { JAVA_PROCESS_CASES } from '../managed/java-process.ts';
import { JAVA_VALUE_CASES } from '../managed/java-values.ts';
import { NODEJS_LOADING_CASES } from '../managed/nodejs-loading.ts';
import { NODEJS_LOGGING_CASES } from '../managed/nodejs-logging.ts';
import { NODEJS_RESULT_CASES } from '../managed/nodejs-results.ts';
import { NODEJS_STREAM_CASES } from '../managed/nodejs-streams.ts';
import { PYTHON_HANDLER_CASES } from '../managed/python-handlers.ts';
import { PYTHON_LOGGING_CASES } from '../managed/python-logging.ts';
import { STREAM_CASES } from './streams.ts';

export const RUNTIME_TOPICS: readonly Topic<RuntimeCase>[] = [
  { name: 'loop', cases: LOOP_CASES },
  { name: 'invocation', cases: INVOCATION_CASES },
  { name: 'errors', cases: ERROR_CASES },
  { name: 'streams', cases: STREAM_CASES },
  { name: 'life-cycle', cases: LIFE_CYCLE_CASES },
  { name: 'nodejs-results', cases: NODEJS_RESULT_CASES },
  { name: 'nodejs-loading', cases: NODEJS_LOADING_CASES },
  { name: 'nodejs-streams', cases: NODEJS_STREAM_CASES },
  { name: 'nodejs-logging', cases: NODEJS_LOGGING_CASES },
  { name: 'python-handlers', cases: PYTHON_HANDLER_CASES },
  { name: 'python-logging', cases: PYTHON_LOGGING_CASES },
  { name: 'java-handlers', cases: JAVA_HANDLER_CASES },
  { name: 'java-values', cases: JAVA_VALUE_CASES },
  { name: 'java-process', cases: JAVA_PROCESS_CASES },
];
