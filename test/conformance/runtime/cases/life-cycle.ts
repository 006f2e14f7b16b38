/** Snapshots, several invocations at once, and extensions inside the runtime. */
import { anyOf, between } from '../../accept.ts';
import { at, listAt, readJson, textAt } from '../../json.ts';
import { nowMs } from '../../kit/now.ts';
import { seenExit } from '../kit/seen.ts';
import { isNext, PATHS } from '../kit/trial.ts';
import type { RuntimeTrial } from '../kit/trial.ts';
import type { ServedCall } from '../kit/served-call.ts';
import type { RuntimeCase } from '../runtime-case.ts';
import { EXTENSIONS_API, GO_CLIENT, JAVA_CLIENT, MANAGED_INSTANCES, NODE_CLIENT, PYTHON_CLIENT, RUST_CLIENT, SNAPSTART } from './sources.ts';

const SNAP_START = { AWS_LAMBDA_INITIALIZATION_TYPE: 'snap-start' } as const;
const CONCURRENCY = 4;
const CONCURRENT = { AWS_LAMBDA_MAX_CONCURRENCY: String(CONCURRENCY), AWS_LAMBDA_INITIALIZATION_TYPE: 'lambda-managed-instances' } as const;
const NOT_ZERO = anyOf(...Array.from({ length: 255 }, (_, code) => code + 1));
const TRACES = ['Root=1-00000001-000000000000000000000001;Parent=0000000000000001;Sampled=1', 'Root=1-00000002-000000000000000000000002;Parent=0000000000000002;Sampled=1'];

export const LIFE_CYCLE_CASES: readonly RuntimeCase[] = [
  {
    id: 'restore-next-before-invocations',
    ref: 'SNP-009',
    title: 'With SnapStart restore/next is called once, before the first invocation/next',
    source: `${SNAPSTART}; ${PYTHON_CLIENT}/bootstrap.py; ${JAVA_CLIENT}`,
    level: 'required',
    needs: ['restore-hooks'],
    setup: { function: 'restore-hooks', variables: SNAP_START },
    accepts: [{ order: ['restore', 'invocation'], kind: 'response' }],
    run: async (t) => {
      await restore(t);
      const { kind } = await t.invoke();
      await t.poll();
      const order = t.calls.filter(({ method }) => method === 'GET').map(({ path }) => (path === PATHS.restoreNext ? 'restore' : 'invocation'));
      return { order: order.slice(0, 2), kind, all: order };
    },
  },
  {
    id: 'restore-before-hook-fails',
    ref: 'SNP-011',
    title: 'A hook before the snapshot that fails gives init/error and no restore/next',
    source: `${SNAPSTART}; ${PYTHON_CLIENT}/lambda_runtime_hooks_runner.py`,
    level: 'required',
    needs: ['before-snapshot-fails', 'process'],
    setup: { function: 'before-snapshot-fails', variables: SNAP_START },
    accepts: [{ status: NOT_ZERO, restores: 0 }],
    run: async (t) => {
      const { call } = await t.initError();
      const exit = await t.exit();
      return { status: seenExit(exit), restores: t.count(({ path }) => path === PATHS.restoreNext), type: call.headers.get('lambda-runtime-function-error-type') };
    },
  },
  {
    id: 'restore-after-hook-fails',
    ref: 'SNP-012',
    title: 'A hook after the restore that fails gives restore/error with its type, and no invocation/next',
    source: `${SNAPSTART}; ${PYTHON_CLIENT}/lambda_runtime_hooks_runner.py`,
    level: 'required',
    needs: ['after-restore-fails', 'process'],
    setup: { function: 'after-restore-fails', variables: SNAP_START },
    accepts: [{ type: /\S/, status: NOT_ZERO, nexts: 0 }],
    run: async (t) => {
      await restore(t);
      const call = await t.call(({ path }) => path === PATHS.restoreError, 'POST restore/error');
      const exit = await t.exit();
      return { type: call.headers.get('lambda-runtime-function-error-type'), status: seenExit(exit), nexts: t.count(isNext) };
    },
  },
  {
    id: 'restore-next-held-long',
    ref: 'SNP-013',
    title: 'A restore/next that is not answered for long is waited for',
    source: `${SNAPSTART}; ${PYTHON_CLIENT}/lambda_runtime_client.py`,
    level: 'required',
    needs: ['restore-hooks'],
    setup: { function: 'restore-hooks', variables: SNAP_START },
    limitSeconds: 60,
    accepts: [{ requests: 1, kind: 'response' }],
    run: async (t) => {
      const call = await t.call(({ path }) => path === PATHS.restoreNext, 'GET restore/next');
      await t.pause(t.patienceMs);
      const requests = t.calls.length;
      await call.reply({ status: 200 });
      return { requests, kind: (await t.invoke()).kind };
    },
  },
  {
    id: 'concurrent-nexts',
    ref: 'LMI-016',
    title: 'With a maximum of four there are up to four calls of next at once',
    source: `${MANAGED_INSTANCES}; ${GO_CLIENT}; ${RUST_CLIENT}`,
    level: 'required',
    needs: ['echo', 'multi-concurrency'],
    setup: { function: 'echo', variables: CONCURRENT },
    accepts: [{ pending: between(2, CONCURRENCY) }],
    run: async (t) => {
      await t.poll();
      await t.poll();
      // More may come, but never more than the maximum.
      await t.pause(1_000);
      return { pending: t.count((call) => isNext(call) && !call.isAnswered) };
    },
  },
  {
    id: 'concurrent-traces',
    ref: 'LMI-017',
    title: 'Two handlers at once each see their own trace',
    source: `${MANAGED_INSTANCES}; ${NODE_CLIENT}; ${RUST_CLIENT}`,
    level: 'required',
    needs: ['trace', 'multi-concurrency'],
    setup: { function: 'trace', variables: CONCURRENT },
    accepts: [{ seen: TRACES }],
    run: async (t) => {
      const ids: string[] = [];
      // One after the other: two looks at once would find the same waiting call.
      for (const trace of TRACES) ids.push(await t.deliver(await t.poll(), { headers: { 'Lambda-Runtime-Trace-Id': trace }, body: '{"waitMs":500}' }));
      const seen = await Promise.all(ids.map(async (id) => at((await t.outcome(id)).json, 'context')));
      return { seen };
    },
  },
  {
    id: 'concurrent-failure-alone',
    ref: 'LMI-018',
    title: 'When one of several handlers fails only its invocation does',
    source: MANAGED_INSTANCES,
    level: 'required',
    needs: ['fail-or-wait', 'multi-concurrency'],
    setup: { function: 'fail-or-wait', variables: CONCURRENT },
    accepts: [{ kinds: ['response', 'error'] }],
    run: async (t) => {
      const waiting = await t.deliver(await t.poll(), { body: '{"waitMs":500}' });
      const failing = await t.deliver(await t.poll(), { body: '{"fail":true}' });
      const outcomes = await Promise.all([t.outcome(waiting), t.outcome(failing)]);
      return { kinds: outcomes.map(({ kind }) => kind) };
    },
  },
  {
    id: 'concurrent-next-fails-once',
    ref: 'LMI-019',
    title: 'A worker whose next fails once asks again after a while',
    source: `${NODE_CLIENT}; ${PYTHON_CLIENT}/lambda_multi_concurrent_utils.py; ${JAVA_CLIENT}`,
    level: 'optional',
    needs: ['echo', 'multi-concurrency', 'concurrency-retry'],
    setup: { function: 'echo', variables: CONCURRENT },
    accepts: [{ isAskedAgain: true, hasEnded: false }],
    run: async (t) => {
      const first = await t.poll();
      await t.poll();
      await t.pause(500);
      const before = t.count(isNext);
      await first.reply({ status: 500, headers: { 'Content-Type': 'application/json' }, body: '{"errorMessage":"once","errorType":"ContainerError"}' });
      const isAskedAgain = await until(() => t.count(isNext) > before, 5_000);
      return { isAskedAgain, hasEnded: t.isSpawned && t.process.ended !== undefined };
    },
  },
  {
    id: 'internal-extension-registers-first',
    ref: 'EXT-046',
    title: 'An internal extension registers before the first invocation/next',
    source: `${EXTENSIONS_API}; ${GO_CLIENT}`,
    level: 'required',
    needs: ['internal-extension'],
    setup: { function: 'internal-extension' },
    accepts: [{ isBeforeNext: true, name: /\S/ }],
    run: async (t) => {
      const call = await t.call(({ path }) => path === PATHS.register, 'POST extension/register');
      const next = await t.poll();
      return { isBeforeNext: t.calls.indexOf(call) < t.calls.indexOf(next), name: call.headers.get('lambda-extension-name') };
    },
  },
  {
    id: 'graceful-shutdown-extension',
    ref: 'EXT-047',
    title: 'The help for a graceful shutdown registers for no events and then waits in event/next',
    source: `${RUST_CLIENT} (spawn_graceful_shutdown_handler); ${GO_CLIENT} (WithEnableSIGTERM)`,
    level: 'required',
    needs: ['graceful-shutdown'],
    setup: { function: 'graceful-shutdown' },
    accepts: [{ events: [], waits: true }],
    run: async (t) => {
      const register = await t.call(({ path }) => path === PATHS.register, 'POST extension/register');
      const body = readJson((await register.whole()).body);
      const waiting: ServedCall = await t.call(({ path }) => path === PATHS.extensionNext, 'GET extension/event/next');
      return { events: listAt(body, 'events'), waits: !waiting.isAnswered, text: textAt(body, 'events') };
    },
  },
];

async function restore(t: RuntimeTrial): Promise<void> {
  const call = await t.call(({ path }) => path === PATHS.restoreNext, 'GET restore/next');
  await call.reply({ status: 200 });
}

async function until(condition: () => boolean, limitMs: number): Promise<boolean> {
  const endAtMs = nowMs() + limitMs;
  while (nowMs() < endAtMs) {
    if (condition()) return true;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return condition();
}
