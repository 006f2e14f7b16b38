/** Extensions: what is started from /opt/extensions, with which environment, and what its end means. */
import { between, containing } from '../accept.ts';
import type { ConformanceCase } from '../case.ts';
import { folder, probe, text } from '../kit/setup.ts';
import { sleep } from '../kit/now.ts';
import { seenAnswer, seenReply } from '../kit/seen.ts';
import type { Trial } from '../kit/trial.ts';
import { BOTH_EVENTS, followEvents, keepExtension, ONE_EXTENSION } from './extension-support.ts';
import { EXTENSIONS_API, LIFECYCLE, rie } from './sources.ts';

const AGENTS = rie('agents/agent.go');
const HANDLERS = rie('rapid/handlers.go');
const ENVIRONMENT = rie('rapidcore/env/environment.go');
const LACKING = [
  ...['AWS_EXECUTION_ENV', 'AWS_LAMBDA_LOG_GROUP_NAME', 'AWS_LAMBDA_LOG_STREAM_NAME', 'AWS_XRAY_CONTEXT_MISSING', 'AWS_XRAY_DAEMON_ADDRESS'],
  ...['LAMBDA_RUNTIME_DIR', 'LAMBDA_TASK_ROOT', '_AWS_XRAY_DAEMON_ADDRESS', '_AWS_XRAY_DAEMON_PORT', '_HANDLER'],
];
const HAVING = ['AWS_LAMBDA_RUNTIME_API', 'AWS_LAMBDA_FUNCTION_NAME', 'AWS_LAMBDA_FUNCTION_VERSION', 'AWS_LAMBDA_FUNCTION_MEMORY_SIZE', 'AWS_REGION', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'FOO'];

export const EXTENSION_LAUNCH_CASES: readonly ConformanceCase[] = [
  {
    id: 'extension-started-before-runtime',
    ref: 'EXT-001',
    title: 'A file in /opt/extensions is started, before the runtime',
    source: `${LIFECYCLE}, Init phase; ${HANDLERS}`,
    level: 'required',
    needs: ['runtime-api', 'extensions'],
    setup: ONE_EXTENSION,
    accepts: [{ isFirst: true }],
    run: async (t) => {
      keepExtension(t, 'a');
      const { runtime } = await t.exchange();
      const extension = await t.extensionProcess('a');
      return { isFirst: extension.probe.startedAtMs <= runtime.probe.startedAtMs };
    },
  },
  {
    id: 'extension-folder-ignored',
    ref: 'EXT-002',
    title: 'A folder in /opt/extensions is ignored',
    source: AGENTS,
    level: 'optional',
    needs: ['runtime-api', 'extensions'],
    setup: { files: { 'opt/extensions/sub': folder, 'opt/extensions/sub/b': probe() } },
    accepts: [{ status: 200, processes: 1 }],
    run: async (t) => {
      const { answer } = await t.exchange();
      return { status: answer.status, processes: t.instance.probes.length };
    },
  },
  {
    id: 'runtime-waits-for-registration',
    ref: 'EXT-003',
    title: 'The runtime is not started before an extension has registered',
    source: `${HANDLERS}; ${LIFECYCLE}, Init phase`,
    level: 'required',
    needs: ['runtime-api', 'extensions'],
    setup: ONE_EXTENSION,
    accepts: [{ isAfter: true }],
    run: async (t) => {
      let registeredAtMs = Number.POSITIVE_INFINITY;
      t.everyExtension('a', async (process) => {
        await sleep(1_000);
        registeredAtMs = Math.min(registeredAtMs, Date.now());
        await followEvents(await t.registerExternal('a', BOTH_EVENTS, process));
      });
      const { runtime } = await t.exchange();
      return { isAfter: runtime.probe.startedAtMs >= registeredAtMs, afterMs: Math.round(runtime.probe.startedAtMs - registeredAtMs) };
    },
  },
  {
    id: 'extension-exit-in-init',
    ref: 'EXT-037',
    title: 'An extension that exits with 0 while initialising is a crash',
    source: `recorded messages of AWS; ${HANDLERS}`,
    level: 'required',
    needs: ['runtime-api', 'extensions'],
    setup: ONE_EXTENSION,
    accepts: { aws: [{ errorType: 'Extension.Crash', errorMessage: /Error: exit code 0$/ }], rie: [{ status: 502 }] },
    run: async (t) => {
      t.everyExtension('a', async (process) => {
        await t.registerExternal('a', BOTH_EVENTS, process);
        await process.exit(0);
      });
      return { ...seenAnswer(await (await t.invoke()).exchange.reply(8_000)) };
    },
  },
  {
    id: 'extension-exit-while-running',
    ref: 'EXT-038',
    title: 'An extension that exits during an invocation fails it and resets the environment',
    source: `${EXTENSIONS_API}, failures; ${HANDLERS}`,
    level: 'required',
    needs: ['runtime-api', 'extensions'],
    setup: ONE_EXTENSION,
    accepts: [{ answer: { errorType: 'Extension.Crash' }, isNewProcess: true, after: 200 }],
    run: async (t) => {
      const accepted = Promise.withResolvers<void>();
      t.everyExtension('a', async (process, index) => {
        const extension = await t.registerExternal('a', BOTH_EVENTS, process);
        if (index > 0) return followEvents(extension);
        await extension.next();
        // Else the environment may be gone before the runtime could tell of its event.
        await accepted.promise;
        await process.exit(1);
      });
      const { invocation, runtime } = await t.accept();
      accepted.resolve();
      const answer = seenAnswer(await invocation.exchange.reply());
      // The invoker has its answer before the runtime has been ended.
      await runtime.probe.waitForEnd(3_000);
      const after = await t.exchange();
      return { answer, isNewProcess: after.runtime.pid !== runtime.pid, after: after.answer.status };
    },
  },
  {
    id: 'extension-not-executable',
    ref: 'EXT-039',
    title: 'An extension that is not executable fails the launch with permission denied',
    source: AGENTS,
    level: 'optional',
    needs: ['runtime-api', 'extensions'],
    setup: { files: { 'opt/extensions/a': probe(0o644) } },
    accepts: { aws: [{ errorType: 'Extension.LaunchError', errorMessage: containing('permission denied') }], rie: [{ status: 502 }] },
    run: async (t) => ({ ...seenAnswer(await (await t.invoke()).exchange.reply()) }),
  },
  {
    id: 'extension-eleven-files',
    ref: 'EXT-040',
    title: 'Eleven files in /opt/extensions fail the launch',
    source: AGENTS,
    level: 'optional',
    needs: ['runtime-api', 'extensions'],
    setup: { extensions: Array.from({ length: 11 }, (_, index) => `e${index}`) },
    accepts: { aws: [{ errorType: 'Extension.LaunchError' }], rie: [{ status: 502 }] },
    run: async (t) => {
      for (let index = 0; index < 11; index += 1) keepExtension(t, `e${index}`, []);
      return { ...seenAnswer(await (await t.invoke()).exchange.reply(8_000)) };
    },
  },
  {
    id: 'extension-environment',
    ref: 'EXT-041',
    title: 'An extension has the variables of the function and not those of the runtime',
    source: `${EXTENSIONS_API}, environment variables; ${ENVIRONMENT}`,
    level: 'required',
    needs: ['runtime-api', 'extensions', 'environment-variables'],
    setup: { extensions: ['a'], variables: { FOO: 'bar', AWS_REGION: 'eu-west-1', AWS_ACCESS_KEY_ID: 'key-of-a-test', AWS_SECRET_ACCESS_KEY: 'secret-of-a-test' } },
    accepts: {
      aws: [{ unexpected: [], missing: [] }],
      // The classic emulator takes away the private and the X-Ray variables only.
      rie: [{ hasPrivate: false, missing: [] }],
    },
    run: async (t) => {
      keepExtension(t, 'a');
      await t.exchange();
      const { environment } = await t.extensionProcess('a');
      return {
        unexpected: LACKING.filter((name) => environment[name] !== undefined),
        missing: HAVING.filter((name) => environment[name] === undefined),
        hasPrivate: environment['_HANDLER'] !== undefined,
      };
    },
  },
  {
    id: 'extension-output-logged',
    ref: 'EXT-042',
    title: 'What an extension prints is in the log',
    source: EXTENSIONS_API,
    level: 'required',
    needs: ['runtime-api', 'extensions', 'platform-log'],
    setup: ONE_EXTENSION,
    accepts: [{ isLogged: true }],
    run: async (t) => {
      t.everyExtension('a', async (process) => {
        await process.print('words of the extension\n');
        await followEvents(await t.registerExternal('a', BOTH_EVENTS, process));
      });
      await t.exchange();
      await t.instance.log.waitFor((all) => all.includes('words of the extension'), 'the output of the extension');
      return { isLogged: true };
    },
  },
  {
    id: 'extensions-disabled-by-file',
    ref: 'EXT-043',
    title: 'With the file that disables extensions none is started and their routes are not there',
    source: `${rie('extensions/extensions.go')}; ${rie('rapi/middleware/middleware.go')}`,
    level: 'optional',
    needs: ['runtime-api', 'extensions'],
    setup: { files: { 'opt/disable-extensions-jwigqn8j': text(''), 'opt/extensions/a': probe() } },
    accepts: [{ processes: 1, route: 404, answer: 200 }],
    run: async (t) => {
      const { runtime, answer } = await t.exchange();
      return { processes: t.instance.probes.length, route: seenReply(await runtime.register('inner')).status, answer: answer.status };
    },
  },
  {
    id: 'extension-never-registers',
    ref: 'EXT-044',
    title: 'An extension that never registers holds an invocation up no longer than the limits allow',
    source: `${LIFECYCLE}, Init phase; ${HANDLERS}`,
    level: 'required',
    needs: ['runtime-api', 'extensions'],
    setup: ONE_EXTENSION,
    limitSeconds: 40,
    // Ten seconds for the initialisation and three for the invocation; in the classic emulator only the latter.
    accepts: { aws: [{ afterMs: between(2_900, 15_000), isSuccess: false }], rie: [{ afterMs: between(2_900, 8_000), isSuccess: false }] },
    run: answerWithoutRegistration,
  },
];

async function answerWithoutRegistration(t: Trial) {
  const invocation = await t.invoke();
  const reply = await invocation.exchange.reply(20_000);
  const answer = seenAnswer(reply);
  return { afterMs: Math.round(reply.endAtMs - invocation.startedAtMs), isSuccess: answer.body === '{}', answer };
}
