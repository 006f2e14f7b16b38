/** Initialisation that takes too long, and initialisation ahead of invocations. */
import { absent, milliseconds } from '../accept.ts';
import type { ConformanceCase } from '../case.ts';
import { at } from '../json.ts';
import { nowMs, sleep } from '../kit/now.ts';
import { seenAnswer } from '../kit/seen.ts';
import type { Trial } from '../kit/trial.ts';
import { LIFECYCLE, TELEMETRY_EVENTS, rie } from './sources.ts';
import { subscribe } from './telemetry-support.ts';

/** A forum of users: two INIT_REPORT lines of an initialisation that never ends. */
const RECORDED_LINES = 'cargo-lambda/cargo-lambda issue 872 (log lines of AWS)';

export const INIT_LIMIT_CASES: readonly ConformanceCase[] = [
  {
    id: 'init-limit-then-second-attempt',
    ref: 'INI-015',
    title: 'An initialisation is ended after 10 s and tried again inside the invocation, which then succeeds',
    source: `${LIFECYCLE}; ${RECORDED_LINES}`,
    level: 'required',
    needs: ['runtime-api', 'suppressed-init'],
    profile: 'aws',
    setup: { timeoutSeconds: 20 },
    limitSeconds: 40,
    accepts: [{ firstEndedAfterMs: milliseconds(9_500, 11_000), attempts: 2, answer: { status: 200, body: '"second"', functionError: absent } }],
    run: async (t) => {
      t.everyRuntime(async (runtime, index) => {
        if (index === 0) await sleep(12_000);
        else await t.serveOne(runtime, () => '"second"');
      });
      const invocation = await t.invoke();
      const first = await t.runtimeNumber(0);
      const firstEndedAfterMs = (await first.probe.waitForEnd(12_000)) - invocation.startedAtMs;
      const answer = seenAnswer(await invocation.exchange.reply(8_000));
      return { firstEndedAfterMs: Math.round(firstEndedAfterMs), attempts: t.runtimeProbes.length, answer };
    },
  },
  {
    id: 'init-never-ready-times-out',
    ref: 'INI-016',
    title: 'A bootstrap that never asks for an event has 10 s, then the function timeout, and the invoker gets the timeout',
    source: `${LIFECYCLE}; ${RECORDED_LINES}`,
    level: 'required',
    needs: ['runtime-api', 'suppressed-init'],
    profile: 'aws',
    setup: { timeoutSeconds: 3 },
    limitSeconds: 40,
    accepts: [
      {
        firstMs: milliseconds(9_500, 11_000),
        secondMs: milliseconds(2_500, 4_000),
        answer: { errorType: 'Sandbox.Timedout', errorMessage: 'RequestId: <id> Error: Task timed out after 3.00 seconds' },
      },
    ],
    run: async (t) => {
      const invocation = await t.invoke();
      const answer = seenAnswer(await invocation.exchange.reply(20_000));
      const [first, second] = [await t.runtimeNumber(0), await t.runtimeNumber(1)];
      const lives = [await lifeOf(first), await lifeOf(second)];
      return { firstMs: lives[0], secondMs: lives[1], answer };
    },
  },
  {
    id: 'init-never-ready-reports',
    ref: 'INI-017',
    title: 'Both attempts of an initialisation that never ends are reported before START',
    source: RECORDED_LINES,
    level: 'required',
    needs: ['runtime-api', 'suppressed-init', 'platform-log'],
    profile: 'aws',
    setup: { timeoutSeconds: 3 },
    limitSeconds: 40,
    accepts: [{ reports: ['init timeout', 'invoke timeout'], areBeforeStart: true }],
    run: async (t) => {
      await (await t.invoke()).exchange.reply(20_000);
      const log = await t.instance.log.waitFor((text) => /^REPORT /m.test(text), 'the REPORT line');
      const reports = [...log.matchAll(/^INIT_REPORT Init Duration: \d+\.\d\d ms\tPhase: (\w+)\tStatus: (\w+)/gm)];
      const start = log.search(/^START /m);
      return { reports: reports.map((match) => `${match[1]} ${match[2]}`), areBeforeStart: reports.every((match) => match.index < start) };
    },
  },
  {
    id: 'init-never-ready-function-timeout-only',
    ref: 'INI-018',
    title: 'In the classic emulator only the function timeout limits an initialisation',
    source: rie('rapidcore/server.go'),
    level: 'optional',
    needs: ['runtime-api'],
    profile: 'rie',
    setup: { timeoutSeconds: 3 },
    accepts: [{ afterMs: milliseconds(2_900, 4_000) }],
    run: async (t) => {
      const invocation = await t.invoke();
      const answer = await invocation.exchange.reply(8_000);
      return { afterMs: Math.round(answer.endAtMs - invocation.startedAtMs), ...seenAnswer(answer) };
    },
  },
  {
    id: 'provisioned-init-without-invocation',
    ref: 'INI-026',
    title: 'With provisioned concurrency the initialisation runs without an invocation and longer than 10 s',
    source: LIFECYCLE,
    level: 'required',
    needs: ['runtime-api', 'provisioned-init'],
    profile: 'aws',
    setup: { initializationType: 'provisioned-concurrency' },
    limitSeconds: 40,
    accepts: [{ type: 'provisioned-concurrency', attempts: 1, answer: { status: 200, body: '"late"' } }],
    run: async (t) => {
      const runtime = await t.runtime();
      await sleep(12_000);
      const serving = t.serveOne(runtime, () => '"late"');
      t.inBackground(runtime.probe, serving);
      const answer = seenAnswer(await (await t.invoke()).exchange.reply());
      return { type: runtime.environment['AWS_LAMBDA_INITIALIZATION_TYPE'], attempts: t.runtimeProbes.length, answer };
    },
  },
  {
    id: 'provisioned-init-failure-reported',
    ref: 'INI-027',
    title: 'A provisioned initialisation that fails is reported with the status error',
    source: `${LIFECYCLE}; ${TELEMETRY_EVENTS}`,
    level: 'required',
    needs: ['runtime-api', 'provisioned-init', 'extensions', 'telemetry-api'],
    profile: 'aws',
    setup: { initializationType: 'provisioned-concurrency', extensions: ['subscriber'] },
    accepts: [{ status: 'error', type: 'provisioned-concurrency' }],
    run: async (t) => {
      const { sink } = subscribe(t, { types: ['platform'] });
      const startedAtMs = nowMs();
      t.everyRuntime(async (runtime) => void (await runtime.exit(1)));
      const report = await sink.waitFor('platform.initReport', { limitMs: 8_000 });
      return { status: at(report, 'record', 'status'), type: at(report, 'record', 'initializationType'), afterMs: Math.round(nowMs() - startedAtMs) };
    },
  },
];

async function lifeOf(runtime: Awaited<ReturnType<Trial['runtimeNumber']>>): Promise<number> {
  return Math.round((await runtime.probe.waitForEnd()) - runtime.probe.startedAtMs);
}
