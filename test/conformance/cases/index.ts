/** All cases, by topic. A test compares this list with the files of the folder. */
import type { Topic } from '../case.ts';
import { EXTENSION_EVENT_CASES } from './extension-events.ts';
import { EXTENSION_LAUNCH_CASES } from './extension-launch.ts';
import { EXTENSION_REGISTRATION_CASES } from './extension-registration.ts';
import { FRONT_DOOR_CASES } from './front-door.ts';
import { INIT_LIMIT_CASES } from './init-limits.ts';
import { INIT_CASES } from './init.ts';
import { INVOKE_CASES } from './invoke.ts';
import { LOG_CASES } from './log.ts';
import { MULTI_CONCURRENCY_CASES } from './multi-concurrency.ts';
import { RESTORE_CASES } from './restore.ts';
import { RUNTIME_ERROR_CASES } from './runtime-error.ts';
import { RUNTIME_NEXT_CASES } from './runtime-next.ts';
import { RUNTIME_RESPONSE_CASES } from './runtime-response.ts';
import { RUNTIME_STATES_CASES } from './runtime-states.ts';
import { RUNTIME_TRANSPORT_CASES } from './runtime-transport.ts';
import { SHUTDOWN_CASES } from './shutdown.ts';
import { STREAMING_CASES } from './streaming.ts';
import { TELEMETRY_DELIVERY_CASES } from './telemetry-delivery.ts';
import { TELEMETRY_EVENT_CASES } from './telemetry-events.ts';
import { TELEMETRY_SUBSCRIPTION_CASES } from './telemetry-subscription.ts';

export const TOPICS: readonly Topic[] = [
  { name: 'runtime-next', cases: RUNTIME_NEXT_CASES },
  { name: 'runtime-response', cases: RUNTIME_RESPONSE_CASES },
  { name: 'runtime-error', cases: RUNTIME_ERROR_CASES },
  { name: 'runtime-states', cases: RUNTIME_STATES_CASES },
  { name: 'runtime-transport', cases: RUNTIME_TRANSPORT_CASES },
  { name: 'init', cases: INIT_CASES },
  { name: 'init-limits', cases: INIT_LIMIT_CASES },
  { name: 'invoke', cases: INVOKE_CASES },
  { name: 'log', cases: LOG_CASES },
  { name: 'extension-launch', cases: EXTENSION_LAUNCH_CASES },
  { name: 'extension-registration', cases: EXTENSION_REGISTRATION_CASES },
  { name: 'extension-events', cases: EXTENSION_EVENT_CASES },
  { name: 'telemetry-subscription', cases: TELEMETRY_SUBSCRIPTION_CASES },
  { name: 'telemetry-delivery', cases: TELEMETRY_DELIVERY_CASES },
  { name: 'telemetry-events', cases: TELEMETRY_EVENT_CASES },
  { name: 'streaming', cases: STREAMING_CASES },
  { name: 'restore', cases: RESTORE_CASES },
  { name: 'multi-concurrency', cases: MULTI_CONCURRENCY_CASES },
  { name: 'shutdown', cases: SHUTDOWN_CASES },
  { name: 'front-door', cases: FRONT_DOOR_CASES },
];
