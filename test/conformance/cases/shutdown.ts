/** The shutdown phase: who is told, in which order, and how long each has. */
import { anyOf, between, milliseconds } from '../accept.ts';
import type { ConformanceCase, Observation } from '../case.ts';
import { numberAt, textAt } from '../json.ts';
import { nowMs, sleep } from '../kit/now.ts';
import { canBind } from '../kit/ports.ts';
import type { ExtensionClient, ExtensionEvent, RuntimeClient } from '../kit/runtime-client.ts';
import { seenReply } from '../kit/seen.ts';
import type { Trial } from '../kit/trial.ts';
import { BOTH_EVENTS, followEvents, keepExtension, ONE_EXTENSION, until } from './extension-support.ts';
import { EXTENSIONS_API, LIFECYCLE, rie } from './sources.ts';

const SHUTDOWN = rie('rapid/shutdown.go');
const STATES = rie('core/registrations.go');

export const SHUTDOWN_CASES: readonly ConformanceCase[] = [
  {
    id: 'shutdown-without-extensions',
    ref: 'SHD-001',
    title: 'Without extensions the runtime is killed at once and gets no SIGTERM',
    source: `${LIFECYCLE}, Shutdown phase; ${SHUTDOWN}`,
    level: 'required',
    needs: ['runtime-api', 'shutdown'],
    fresh: true,
    accepts: [{ signals: [], goneAfterMs: milliseconds(0, 200) }],
    run: async (t) => {
      const { runtime } = await t.exchange();
      await runtime.probe.command('trap', { signal: 'SIGTERM' });
      const stoppedAtMs = stop(t);
      const goneAfterMs = Math.round((await runtime.probe.waitForEnd()) - stoppedAtMs);
      return { signals: runtime.probe.signals.map(({ signal }) => signal), goneAfterMs };
    },
  },
  {
    id: 'shutdown-internal-sigterm',
    ref: 'SHD-002',
    title: 'With an internal extension the runtime gets SIGTERM',
    source: `${LIFECYCLE}, Shutdown phase; ${SHUTDOWN}`,
    level: 'required',
    needs: ['runtime-api', 'shutdown', 'extensions'],
    fresh: true,
    accepts: [{ hasSignal: true }],
    run: async (t) => {
      const runtime = await withInternalExtension(t);
      await runtime.probe.command('trap', { signal: 'SIGTERM', then: 'exit' });
      stop(t);
      await runtime.probe.waitForSignal('SIGTERM');
      return { hasSignal: true };
    },
  },
  {
    id: 'shutdown-internal-sigkill',
    ref: 'SHD-003',
    title: 'With an internal extension a runtime that ignores SIGTERM is killed after 500 ms',
    source: `${LIFECYCLE}, Shutdown phase`,
    level: 'required',
    needs: ['runtime-api', 'shutdown', 'extensions'],
    profile: 'aws',
    dependsOn: ['shutdown-internal-sigterm'],
    fresh: true,
    accepts: [{ fromSignalMs: milliseconds(400, 600) }],
    run: async (t) => fromSignalToEnd(t, await withInternalExtension(t)),
  },
  {
    id: 'shutdown-external-sigkill',
    ref: 'SHD-004',
    title: 'With an external extension a runtime that ignores SIGTERM is killed after about 300 ms',
    source: `${LIFECYCLE}, Shutdown phase`,
    level: 'required',
    needs: ['runtime-api', 'shutdown', 'extensions'],
    profile: 'aws',
    setup: ONE_EXTENSION,
    accepts: [{ fromSignalMs: milliseconds(250, 400) }],
    run: async (t) => {
      keepExtension(t, 'a');
      return fromSignalToEnd(t, (await t.exchange()).runtime);
    },
  },
  {
    id: 'shutdown-external-sigkill-rie',
    ref: 'SHD-005',
    title: 'The classic emulator gives the runtime 600 ms',
    source: SHUTDOWN,
    level: 'optional',
    needs: ['runtime-api', 'shutdown', 'extensions'],
    profile: 'rie',
    setup: ONE_EXTENSION,
    accepts: [{ fromSignalMs: milliseconds(500, 700) }],
    run: async (t) => {
      keepExtension(t, 'a');
      return fromSignalToEnd(t, (await t.exchange()).runtime);
    },
  },
  {
    id: 'shutdown-event-spindown',
    ref: 'SHD-006',
    title: 'An external extension gets SHUTDOWN with the reason spindown and a deadline within two seconds',
    source: `${EXTENSIONS_API}, Shutdown; ${LIFECYCLE}`,
    level: 'required',
    needs: ['runtime-api', 'shutdown', 'extensions'],
    profile: 'aws',
    setup: ONE_EXTENSION,
    accepts: [{ status: 200, type: 'SHUTDOWN', reason: 'spindown', deadlineFromStopMs: between(1, 2_100) }],
    run: async (t) => {
      const shutdown = firstShutdown(t);
      await t.exchange();
      const stoppedAtMs = stop(t);
      const event = await shutdown;
      return { status: event.status, type: event.type, reason: textAt(event.json, 'shutdownReason'), deadlineFromStopMs: Math.round((numberAt(event.json, 'deadlineMs') ?? 0) - stoppedAtMs) };
    },
  },
  {
    id: 'shutdown-event-after-runtime',
    ref: 'SHD-007',
    title: 'SHUTDOWN does not come before the runtime has ended',
    source: `${LIFECYCLE}, Shutdown phase; ${SHUTDOWN}`,
    level: 'required',
    needs: ['runtime-api', 'shutdown', 'extensions'],
    setup: ONE_EXTENSION,
    accepts: [{ afterRuntimeMs: between(-200, 1_500) }],
    run: async (t) => {
      const shutdown = firstShutdown(t);
      const { runtime } = await t.exchange();
      await runtime.probe.command('trap', { signal: 'SIGTERM' });
      stop(t);
      const [event, endedAtMs] = await Promise.all([shutdown, runtime.probe.waitForEnd()]);
      // The kit sees the end of a process later than the other process saw its event, on a busy machine by much.
      return { afterRuntimeMs: Math.round(event.reply.headAtMs - endedAtMs) };
    },
  },
  {
    id: 'shutdown-external-killed-after-budget',
    ref: 'SHD-008',
    title: 'An external extension that ignores SHUTDOWN is killed two seconds after the shutdown began',
    source: `${LIFECYCLE}, Shutdown phase; ${SHUTDOWN}`,
    level: 'required',
    needs: ['runtime-api', 'shutdown', 'extensions'],
    setup: ONE_EXTENSION,
    accepts: [{ afterMs: milliseconds(1_800, 2_200) }],
    run: async (t) => {
      t.everyExtension('a', async (process) => {
        const extension = await t.registerExternal('a', BOTH_EVENTS, process);
        while ((await extension.next(60_000)).type === 'INVOKE');
      });
      await t.exchange();
      const extension = await t.extensionProcess('a');
      await extension.probe.command('trap', { signal: 'SIGTERM' });
      const stoppedAtMs = stop(t);
      return { afterMs: Math.round((await extension.probe.waitForEnd()) - stoppedAtMs) };
    },
  },
  {
    id: 'shutdown-external-without-event',
    ref: 'SHD-009',
    title: 'An external extension without SHUTDOWN is killed and gets no event',
    source: SHUTDOWN,
    level: 'optional',
    needs: ['runtime-api', 'shutdown', 'extensions'],
    setup: ONE_EXTENSION,
    accepts: [{ isGone: true, types: [] }],
    run: async (t) => {
      const types: string[] = [];
      t.everyExtension('a', async (process) => {
        const extension = await t.registerExternal('a', [], process);
        types.push((await extension.next(60_000)).type);
      });
      await t.exchange();
      const extension = await t.extensionProcess('a');
      stop(t);
      await extension.probe.waitForEnd();
      return { isGone: !extension.probe.isAlive, types: types.filter((type) => type !== '') };
    },
  },
  {
    id: 'shutdown-event-timeout',
    ref: 'SHD-010',
    title: 'After a timeout the reason of SHUTDOWN is timeout',
    source: `${EXTENSIONS_API}, Shutdown`,
    level: 'required',
    needs: ['runtime-api', 'extensions'],
    profile: 'aws',
    setup: { extensions: ['a'], timeoutSeconds: 2 },
    accepts: [{ reason: 'timeout' }],
    run: async (t) => {
      const shutdown = firstShutdown(t);
      await t.accept();
      return { reason: textAt((await shutdown).json, 'shutdownReason') };
    },
  },
  {
    id: 'shutdown-event-failure',
    ref: 'SHD-011',
    title: 'After a crash of the runtime the reason of SHUTDOWN is failure',
    source: `${EXTENSIONS_API}, Shutdown`,
    level: 'required',
    needs: ['runtime-api', 'extensions'],
    profile: 'aws',
    setup: ONE_EXTENSION,
    accepts: [{ reason: 'failure' }],
    run: async (t) => {
      const shutdown = firstShutdown(t);
      const { runtime } = await t.accept();
      await runtime.exit(1);
      return { reason: textAt((await shutdown).json, 'shutdownReason') };
    },
  },
  {
    id: 'shutdown-reasons-rie',
    ref: 'SHD-012',
    title: 'The classic emulator has its own words for the reasons',
    source: rie('rapidcore/server.go'),
    level: 'optional',
    needs: ['runtime-api', 'shutdown', 'extensions'],
    profile: 'rie',
    setup: { extensions: ['a'], timeoutSeconds: 2 },
    accepts: [{ reasons: ['Timeout', 'ReleaseFail', 'SandboxTerminated'] }],
    run: async (t) => {
      const reasons: string[] = [];
      keepExtension(t, 'a', BOTH_EVENTS, (event) => {
        if (event.type === 'SHUTDOWN') reasons.push(textAt(event.json, 'shutdownReason') ?? '');
      });
      const timedOut = await t.accept();
      await timedOut.invocation.exchange.reply();
      await timedOut.runtime.probe.waitForEnd(3_000);
      const crashed = await t.accept();
      await crashed.runtime.exit(1);
      await crashed.invocation.exchange.reply();
      await t.exchange();
      stop(t);
      await until(() => reasons.length >= 3, 'three events');
      return { reasons };
    },
  },
  {
    id: 'shutdown-extension-exit-nonzero',
    ref: 'SHD-013',
    title: 'An extension that exits with another status than 0 during the shutdown is no error',
    source: SHUTDOWN,
    level: 'optional',
    needs: ['runtime-api', 'shutdown', 'extensions'],
    setup: ONE_EXTENSION,
    accepts: [{ code: 0, mentions: false }],
    run: async (t) => {
      t.everyExtension('a', async (process) => {
        const extension = await t.registerExternal('a', BOTH_EVENTS, process);
        while ((await extension.next(60_000)).type === 'INVOKE');
        await process.exit(7);
      });
      await t.exchange();
      stop(t);
      const { code } = await t.instance.waitForExit();
      return { code, mentions: /Extension\.(Crash|ExitError)/.test(t.instance.log.text) };
    },
  },
  {
    id: 'extensions-restarted-after-reset',
    ref: 'SHD-014',
    title: 'After a reset extensions are started and registered again before the next event',
    source: `${LIFECYCLE}; ${STATES}`,
    level: 'required',
    needs: ['runtime-api', 'extensions'],
    setup: { extensions: ['a'], timeoutSeconds: 2 },
    accepts: [{ starts: 2, isRegisteredFirst: true, answer: 200 }],
    run: async (t) => {
      let starts = 0;
      let registeredAtMs = 0;
      t.everyExtension('a', async (process) => {
        starts += 1;
        const extension = await t.registerExternal('a', BOTH_EVENTS, process);
        registeredAtMs = nowMs();
        await followEvents(extension);
      });
      const { runtime: before, invocation } = await t.accept();
      await invocation.exchange.reply();
      // The invoker has its answer before the runtime has been ended.
      await before.probe.waitForEnd(3_000);
      const after = await t.exchange();
      return { starts, isRegisteredFirst: registeredAtMs <= after.event.reply.headAtMs, answer: after.answer.status };
    },
  },
  {
    id: 'extension-identifier-after-reset',
    ref: 'SHD-015',
    title: 'An identifier from before a reset is unknown',
    source: STATES,
    level: 'optional',
    needs: ['runtime-api', 'extensions'],
    dependsOn: ['extensions-restarted-after-reset'],
    setup: { extensions: ['a'], timeoutSeconds: 2 },
    accepts: [{ status: 403, errorType: 'Extension.UnknownExtensionIdentifier' }],
    run: async (t) => {
      const identifiers: string[] = [];
      t.everyExtension('a', async (process) => {
        const extension = await t.registerExternal('a', BOTH_EVENTS, process);
        identifiers.push(extension.identifier);
        await followEvents(extension);
      });
      const { runtime: before, invocation } = await t.accept();
      await invocation.exchange.reply();
      await before.probe.waitForEnd(3_000);
      const { runtime } = await t.exchange();
      const headers = { 'Lambda-Extension-Identifier': identifiers[0] ?? '' };
      return { ...seenReply(await runtime.request({ method: 'GET', path: '/2020-01-01/extension/event/next', headers })) };
    },
  },
  {
    id: 'sigterm-to-server',
    ref: 'SHD-016',
    title: 'SIGTERM to the server ends its processes and then the server, with status 0',
    source: `${SHUTDOWN}; a demand of users`,
    level: 'optional',
    needs: ['runtime-api', 'shutdown'],
    fresh: true,
    accepts: [{ code: 0, signal: anyOf(null), runtimeIsGone: true }],
    run: async (t) => {
      const { runtime } = await t.exchange();
      stop(t);
      const { code, signal } = await t.instance.waitForExit();
      await runtime.probe.waitForEnd(1_000);
      return { code, signal, runtimeIsGone: !runtime.probe.isAlive };
    },
  },
  {
    id: 'shutdown-event-right-after-runtime',
    ref: 'SHD-017',
    title: 'When the runtime ends by itself the extension is told at once',
    source: SHUTDOWN,
    level: 'optional',
    needs: ['runtime-api', 'shutdown', 'extensions'],
    setup: ONE_EXTENSION,
    accepts: [{ afterRuntimeMs: milliseconds(-200, 150) }],
    run: async (t) => {
      const shutdown = firstShutdown(t);
      const { runtime } = await t.exchange();
      await runtime.probe.command('trap', { signal: 'SIGTERM', then: 'exit' });
      stop(t);
      const [event, endedAtMs] = await Promise.all([shutdown, runtime.probe.waitForEnd()]);
      return { afterRuntimeMs: Math.round(event.reply.headAtMs - endedAtMs) };
    },
  },
  {
    id: 'server-killed-leaves-no-port',
    ref: 'SHD-018',
    title: 'A server that is killed leaves nobody behind who holds its front door',
    source: 'a demand of users; the documents are silent about it',
    level: 'optional',
    needs: ['runtime-api'],
    fresh: true,
    accepts: [{ portIsFree: true }],
    run: async (t) => {
      await t.exchange();
      t.instance.signal('SIGKILL');
      await t.instance.waitForExit();
      await sleep(100);
      return { portIsFree: await canBind(t.instance.ports.frontDoor) };
    },
  },
];

function stop(t: Trial): number {
  t.instance.signal('SIGTERM');
  return nowMs();
}

/** The runtime in next, with an internal extension of its own. */
async function withInternalExtension(t: Trial): Promise<RuntimeClient> {
  const invocation = await t.invoke();
  const runtime = await t.runtime();
  const extension: ExtensionClient = await t.registerInternal(runtime, 'inner', []);
  await extension.startNext();
  const event = await runtime.next();
  await runtime.respond(event.requestId);
  await t.answerOf(invocation);
  return runtime;
}

async function fromSignalToEnd(t: Trial, runtime: RuntimeClient): Promise<Observation> {
  await runtime.probe.command('trap', { signal: 'SIGTERM' });
  stop(t);
  const { atMs } = await runtime.probe.waitForSignal('SIGTERM');
  return { fromSignalMs: Math.round((await runtime.probe.waitForEnd()) - atMs) };
}

/** The first SHUTDOWN that the extension gets; it exits then. */
function firstShutdown(t: Trial): Promise<ExtensionEvent> {
  const shutdown = Promise.withResolvers<ExtensionEvent>();
  keepExtension(t, 'a', BOTH_EVENTS, (event) => {
    if (event.type === 'SHUTDOWN') shutdown.resolve(event);
  });
  return shutdown.promise;
}

