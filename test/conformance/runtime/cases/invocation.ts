/** What a handler is told about its invocation. */
import { between } from '../../accept.ts';
import { at, numberAt, textAt } from '../../json.ts';
import { nowMs } from '../../kit/now.ts';
import { FUNCTION_ARN, FUNCTION_NAME, LOG_GROUP, LOG_STREAM, MEMORY_MIB } from '../kit/setup.ts';
import type { RuntimeTrial } from '../kit/trial.ts';
import type { RuntimeCase } from '../runtime-case.ts';
import { CUSTOM_RUNTIMES, ENVIRONMENT, GO_CLIENT, NODE_CLIENT, PYTHON_CLIENT, RUNTIME_API, RUST_CLIENT } from './sources.ts';

const TRACES = ['Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=1', 'Root=1-5bef4de8-bd49b0e87f6ef6c87fc2e711;Parent=8a9197af755a6418;Sampled=0'];
const TRACE_HEADER = 'Lambda-Runtime-Trace-Id';

export const INVOCATION_CASES: readonly RuntimeCase[] = [
  {
    id: 'trace-variable-per-event',
    ref: 'RUN-011',
    title: 'The variable _X_AMZN_TRACE_ID is that of the event at hand',
    source: `${RUNTIME_API}, Lambda-Runtime-Trace-Id; ${ENVIRONMENT}`,
    level: 'required',
    needs: ['trace'],
    setup: { function: 'trace' },
    accepts: [{ seen: TRACES }],
    run: async (t) => ({ seen: [await traceSeen(t, TRACES[0]), await traceSeen(t, TRACES[1])] }),
  },
  {
    id: 'trace-variable-cleared',
    ref: 'RUN-012',
    title: 'Without a trace header a handler does not see the trace of the event before',
    source: `${NODE_CLIENT}; ${PYTHON_CLIENT}/bootstrap.py; ${RUST_CLIENT}`,
    level: 'required',
    needs: ['trace'],
    setup: { function: 'trace' },
    accepts: [{ seen: [TRACES[0], null] }, { seen: [TRACES[0], ''] }],
    run: async (t) => ({ seen: [await traceSeen(t, TRACES[0]), await traceSeen(t, undefined)] }),
  },
  {
    id: 'remaining-time',
    ref: 'RUN-015',
    title: 'The remaining time is that until the deadline, and runs down',
    source: `${RUNTIME_API}, Lambda-Runtime-Deadline-Ms`,
    level: 'required',
    needs: ['remaining'],
    setup: { function: 'remaining' },
    accepts: [{ first: between(3_500, 5_001), ranDownMs: between(900, 2_000) }],
    run: async (t) => {
      // A first invocation takes the costs of the first time, so that the second measures the time and not them.
      await t.invoke();
      const poll = await t.poll();
      const { json } = await t.outcome(await t.deliver(poll, { headers: { 'Lambda-Runtime-Deadline-Ms': String(Math.round(nowMs()) + 5_000) } }));
      const first = numberAt(json, 'first') ?? Number.NaN;
      return { first, ranDownMs: first - (numberAt(json, 'second') ?? Number.NaN) };
    },
  },
  {
    id: 'context-members',
    ref: 'RUN-016',
    title: 'The context has what headers and variables say',
    source: `${CUSTOM_RUNTIMES}; ${ENVIRONMENT}; ${GO_CLIENT}`,
    level: 'required',
    needs: ['context'],
    setup: { function: 'context' },
    accepts: [{ requestId: 'request-1', arn: FUNCTION_ARN, functionName: FUNCTION_NAME, functionVersion: '$LATEST', memoryMiB: Number(MEMORY_MIB), logGroup: LOG_GROUP, logStream: LOG_STREAM }],
    run: async (t) => {
      const { json } = await t.invoke({ requestId: 'request-1' });
      return Object.fromEntries(['requestId', 'arn', 'functionName', 'functionVersion', 'memoryMiB', 'logGroup', 'logStream'].map((name) => [name, at(json, name)]));
    },
  },
  {
    id: 'client-context-structured',
    ref: 'RUN-017',
    title: 'A client context is there as structured data',
    source: `${RUNTIME_API}, Lambda-Runtime-Client-Context`,
    level: 'required',
    needs: ['client-context'],
    setup: { function: 'client-context' },
    accepts: [{ custom: { k: 'v' } }],
    run: async (t) => {
      const { json } = await t.invoke({ headers: { 'Lambda-Runtime-Client-Context': '{"custom":{"k":"v"},"env":{},"client":{}}' } });
      return { custom: at(json, 'custom') };
    },
  },
  {
    id: 'tenant-id-readable',
    ref: 'RUN-019',
    title: 'The tenant id is there for the handler',
    source: `AWS guide, Tenant isolation; ${NODE_CLIENT}; ${PYTHON_CLIENT}/lambda_context.py`,
    level: 'required',
    needs: ['tenant'],
    setup: { function: 'tenant' },
    accepts: [{ tenantId: 'blue' }],
    run: async (t) => {
      const { json } = await t.invoke({ headers: { 'Lambda-Runtime-Aws-Tenant-Id': 'blue' } });
      return { tenantId: textAt(json, 'tenantId') };
    },
  },
];

async function traceSeen(t: RuntimeTrial, trace: string | undefined): Promise<unknown> {
  const { json } = await t.invoke({ headers: { [TRACE_HEADER]: trace } });
  return at(json, 'environment');
}
