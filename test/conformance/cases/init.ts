/** Initialisation: which bootstrap runs and what it is given. */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { existsSync, rmSync } from 'node:fs';
import { absent, anyOf, between, containing } from '../accept.ts';
import type { ConformanceCase } from '../case.ts';
import { sleep } from '../kit/now.ts';
import { probe, text } from '../kit/setup.ts';
import { seenAnswer } from '../kit/seen.ts';
import type { Trial } from '../kit/trial.ts';
import { CUSTOM_RUNTIMES, ENVIRONMENT, LIFECYCLE, RECORDED_ENVIRONMENT, rie } from './sources.ts';

const BOOTSTRAP_BUILDER = rie('rapidcore/sandbox_builder.go');
const ENVIRONMENT_BUILDER = rie('rapidcore/env/environment.go');
/** Where the value does not depend on the function: the recorded one. */
const FIXED_VARIABLES = {
  AWS_XRAY_CONTEXT_MISSING: 'LOG_ERROR',
  LAMBDA_RUNTIME_DIR: '/var/runtime',
  LAMBDA_TASK_ROOT: '/var/task',
  LANG: 'en_US.UTF-8',
  TZ: ':UTC',
} as const;
const NAMED_VARIABLES = [
  ...['_HANDLER', 'AWS_ACCESS_KEY_ID', 'AWS_DEFAULT_REGION', 'AWS_LAMBDA_FUNCTION_MEMORY_SIZE', 'AWS_LAMBDA_FUNCTION_NAME', 'AWS_LAMBDA_FUNCTION_VERSION'],
  ...['AWS_LAMBDA_INITIALIZATION_TYPE', 'AWS_LAMBDA_LOG_GROUP_NAME', 'AWS_LAMBDA_LOG_STREAM_NAME', 'AWS_LAMBDA_RUNTIME_API', 'AWS_REGION'],
  ...['AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN', 'AWS_XRAY_DAEMON_ADDRESS', 'LD_LIBRARY_PATH', 'PATH'],
];

/** The classic emulator answers with the body of an init error, which nothing could post here. */
const NO_ENTRYPOINT = { aws: [{ errorType: 'Runtime.InvalidEntrypoint' }], rie: [{ errorType: 'Runtime.InvalidEntrypoint' }, { status: 502, body: '' }] };

export const INIT_CASES: readonly ConformanceCase[] = [
  {
    id: 'bootstrap-task-root-before-layers',
    ref: 'INI-001',
    title: 'With a bootstrap in the task root and one in /opt, the one in the task root runs',
    source: `${CUSTOM_RUNTIMES}; ${BOOTSTRAP_BUILDER}`,
    level: 'required',
    needs: ['runtime-api', 'folders'],
    setup: { bootstrap: 'lookup', files: { 'task/bootstrap': probe(), 'opt/bootstrap': probe() } },
    accepts: [{ place: 'task/bootstrap' }],
    run: runningPlace,
  },
  {
    id: 'bootstrap-in-layers-only',
    ref: 'INI-002',
    title: 'A bootstrap that is only in /opt runs',
    source: `${CUSTOM_RUNTIMES}; ${BOOTSTRAP_BUILDER}`,
    level: 'required',
    needs: ['runtime-api', 'folders'],
    setup: { bootstrap: 'lookup', files: { 'opt/bootstrap': probe() } },
    accepts: [{ place: 'opt/bootstrap' }],
    run: runningPlace,
  },
  {
    id: 'bootstrap-missing',
    ref: 'INI-003',
    title: 'Without any bootstrap the invoker gets Runtime.InvalidEntrypoint',
    source: `${CUSTOM_RUNTIMES}; ${BOOTSTRAP_BUILDER}`,
    level: 'required',
    needs: ['runtime-api', 'folders'],
    setup: { bootstrap: 'lookup', files: { 'task/readme': text('no bootstrap here\n') } },
    accepts: NO_ENTRYPOINT,
    run: async (t) => ({ ...seenAnswer(await (await t.invoke()).exchange.reply()) }),
  },
  {
    id: 'bootstrap-not-executable',
    ref: 'INI-004',
    title: 'A bootstrap that is not executable gives Runtime.InvalidEntrypoint',
    source: `${CUSTOM_RUNTIMES}; ${BOOTSTRAP_BUILDER}`,
    level: 'required',
    needs: ['runtime-api', 'folders'],
    setup: { bootstrap: 'lookup', files: { 'task/bootstrap': probe(0o644) } },
    accepts: NO_ENTRYPOINT,
    run: async (t) => ({ ...seenAnswer(await (await t.invoke()).exchange.reply()) }),
  },
  {
    id: 'bootstrap-working-directory',
    ref: 'INI-005',
    title: 'The bootstrap starts in /var/task',
    source: `${RECORDED_ENVIRONMENT}; ${BOOTSTRAP_BUILDER}`,
    level: 'required',
    needs: ['runtime-api', 'folders'],
    setup: { bootstrap: 'lookup', files: { 'task/bootstrap': probe() } },
    accepts: [{ workingDirectory: '/var/task' }],
    run: async (t) => ({ workingDirectory: (await started(t)).probe.hello.workingDirectory }),
  },
  {
    id: 'bootstrap-arguments-none',
    ref: 'INI-006',
    title: 'The bootstrap is given no arguments',
    source: CUSTOM_RUNTIMES,
    level: 'required',
    needs: ['runtime-api', 'folders'],
    setup: { bootstrap: 'lookup', files: { 'task/bootstrap': probe() } },
    accepts: [{ argv: [] }],
    run: async (t) => ({ argv: [...(await started(t)).probe.hello.argv] }),
  },
  {
    id: 'environment-documented-variables',
    ref: 'INI-007',
    title: 'The start environment has every documented variable, with its fixed value where there is one',
    source: `${ENVIRONMENT}; ${RECORDED_ENVIRONMENT}`,
    level: 'required',
    needs: ['runtime-api', 'folders', 'environment-variables'],
    profile: 'aws',
    setup: { bootstrap: 'lookup', files: { 'task/bootstrap': probe() }, handler: 'index.main', memoryMiB: 256 },
    accepts: [{ missing: [], different: {}, handler: 'index.main', memory: '256', version: '$LATEST' }],
    run: async (t) => {
      const { environment } = await started(t);
      const different = Object.entries(FIXED_VARIABLES).filter(([name, value]) => environment[name] !== value);
      return {
        missing: NAMED_VARIABLES.filter((name) => environment[name] === undefined),
        different: Object.fromEntries(different.map(([name]) => [name, environment[name] ?? '(not set)'])),
        handler: environment['_HANDLER'],
        memory: environment['AWS_LAMBDA_FUNCTION_MEMORY_SIZE'],
        version: environment['AWS_LAMBDA_FUNCTION_VERSION'],
      };
    },
  },
  {
    id: 'environment-customer-variable',
    ref: 'INI-008',
    title: 'A variable of the function is visible',
    source: ENVIRONMENT,
    level: 'required',
    needs: ['runtime-api', 'environment-variables'],
    setup: { variables: { FOO: 'bar' } },
    accepts: [{ value: 'bar' }],
    run: async (t) => ({ value: (await started(t)).environment['FOO'] }),
  },
  {
    id: 'environment-reserved-variable',
    ref: 'INI-009',
    title: 'A reserved variable among those of the function does not reach the runtime',
    source: `${ENVIRONMENT}, reserved variables; ${ENVIRONMENT_BUILDER}`,
    level: 'required',
    needs: ['runtime-api', 'environment-variables'],
    // Of the reserved ones only this is nobody's way to configure a server.
    setup: { variables: { AWS_LAMBDA_RUNTIME_API: 'x' } },
    accepts: [{ runtimeApi: /^[^:]+:\d+$/, status: 200 }],
    run: async (t) => {
      const { environment } = await started(t);
      const { event } = await t.exchange();
      return { runtimeApi: environment['AWS_LAMBDA_RUNTIME_API'], status: event.status };
    },
  },
  {
    id: 'environment-customer-overrides-defaults',
    ref: 'INI-010',
    title: 'The function may set TZ, LANG and PATH itself',
    source: `${ENVIRONMENT}, defined but not reserved variables`,
    level: 'required',
    needs: ['runtime-api', 'environment-variables'],
    profile: 'aws',
    setup: { variables: { TZ: 'Europe/Berlin', LANG: 'C', PATH: `/function/bin:${process.env['PATH'] ?? '/usr/bin:/bin'}` } },
    accepts: [{ TZ: 'Europe/Berlin', LANG: 'C', PATH: /^\/function\/bin:/ }],
    run: async (t) => {
      const { TZ, LANG, PATH } = (await started(t)).environment;
      return { TZ, LANG, PATH };
    },
  },
  {
    id: 'environment-no-execution-env-os-only',
    ref: 'INI-011',
    title: 'An OS-only runtime has no AWS_EXECUTION_ENV',
    source: `${ENVIRONMENT}; ${RECORDED_ENVIRONMENT}`,
    level: 'required',
    needs: ['runtime-api', 'environment-variables'],
    profile: 'aws',
    accepts: [{ hasRuntimeApi: true, value: absent }],
    run: async (t) => {
      const { environment } = await started(t);
      return { hasRuntimeApi: environment['AWS_LAMBDA_RUNTIME_API'] !== undefined, value: environment['AWS_EXECUTION_ENV'] };
    },
  },
  {
    id: 'environment-initialization-type',
    ref: 'INI-012',
    title: 'The initialization type is on-demand',
    source: `${ENVIRONMENT}; ${RECORDED_ENVIRONMENT}`,
    level: 'required',
    needs: ['runtime-api', 'environment-variables'],
    profile: 'aws',
    accepts: [{ value: 'on-demand' }],
    run: async (t) => ({ value: (await started(t)).environment['AWS_LAMBDA_INITIALIZATION_TYPE'] }),
  },
  {
    id: 'environment-time-zone',
    ref: 'INI-013',
    title: 'The time zone is :UTC',
    source: `${ENVIRONMENT}; ${RECORDED_ENVIRONMENT}`,
    level: 'required',
    needs: ['runtime-api', 'environment-variables'],
    // The classic emulator passes on the one it was started with.
    accepts: { aws: [{ value: ':UTC' }], rie: [{ value: ':UTC' }, { value: absent }] },
    run: async (t) => ({ value: (await started(t)).environment['TZ'] }),
  },
  {
    id: 'environment-log-stream-name',
    ref: 'INI-014',
    title: 'The log stream name is the date, the version in brackets and 32 hex digits',
    source: ENVIRONMENT,
    level: 'required',
    needs: ['runtime-api', 'environment-variables'],
    profile: 'aws',
    accepts: [{ value: /^\d{4}\/\d\d\/\d\d\/\[\$LATEST\][0-9a-f]{32}$/ }],
    run: async (t) => ({ value: (await started(t)).environment['AWS_LAMBDA_LOG_STREAM_NAME'] }),
  },
  {
    id: 'environment-credentials',
    ref: 'INI-029',
    title: 'Configured credentials are in the three variables',
    source: `${ENVIRONMENT}; ${ENVIRONMENT_BUILDER}`,
    level: 'required',
    needs: ['runtime-api', 'environment-variables'],
    setup: { variables: { AWS_ACCESS_KEY_ID: 'key-of-a-test', AWS_SECRET_ACCESS_KEY: 'secret-of-a-test', AWS_SESSION_TOKEN: 'token-of-a-test' } },
    accepts: [{ key: 'key-of-a-test', secret: 'secret-of-a-test', token: 'token-of-a-test' }],
    run: async (t) => {
      const { environment } = await started(t);
      return { key: environment['AWS_ACCESS_KEY_ID'], secret: environment['AWS_SECRET_ACCESS_KEY'], token: environment['AWS_SESSION_TOKEN'] };
    },
  },
  {
    id: 'environment-no-trace-id',
    ref: 'INI-031',
    title: 'The server does not set _X_AMZN_TRACE_ID; the runtime does, per invocation',
    source: `${ENVIRONMENT}; ${RECORDED_ENVIRONMENT}`,
    level: 'required',
    needs: ['runtime-api', 'environment-variables'],
    accepts: [{ hasRuntimeApi: true, value: absent }],
    run: async (t) => {
      const { environment } = await started(t);
      return { hasRuntimeApi: environment['AWS_LAMBDA_RUNTIME_API'] !== undefined, value: environment['_X_AMZN_TRACE_ID'] };
    },
  },
  {
    id: 'init-once-for-two-invocations',
    ref: 'INI-030',
    title: 'A second invocation finds the process that the first one started',
    source: LIFECYCLE,
    level: 'required',
    needs: ['runtime-api'],
    fresh: true,
    accepts: [{ processes: 1, isSameProcess: true }],
    run: async (t) => {
      const first = await t.exchange();
      const second = await t.exchange();
      return { processes: t.runtimeProbes.length, isSameProcess: first.runtime.pid === second.runtime.pid };
    },
  },
  {
    id: 'init-output-before-start',
    ref: 'INI-028',
    title: 'What the bootstrap prints while it initialises is in the log before START',
    source: LIFECYCLE,
    level: 'required',
    needs: ['runtime-api', 'platform-log'],
    fresh: true,
    // The classic emulator prints START and initialises then; the output is there, later.
    accepts: { aws: [{ isLogged: true, isBeforeStart: true }], rie: [{ isLogged: true }] },
    run: async (t) => {
      t.everyRuntime(async (runtime) => {
        await runtime.print('printed while initialising\n');
        await t.serveOne(runtime, () => '{}');
      });
      await (await t.invoke()).exchange.reply();
      const log = await t.instance.log.waitFor((all) => /^START RequestId/m.test(all) && all.includes('printed while initialising'), 'START and the output');
      return { isLogged: true, isBeforeStart: log.indexOf('printed while initialising') < log.search(/^START RequestId/m) };
    },
  },
  {
    id: 'init-error-body-to-invoker',
    ref: 'INI-019',
    title: 'The body of an init error is what the invoker gets',
    source: `${LIFECYCLE}; ${rie('rapid/handlers.go')}; localstack/localstack test_lambda.snapshot.json, TestLambdaErrors`,
    level: 'required',
    needs: ['runtime-api'],
    fresh: true,
    accepts: { aws: [{ status: 200, functionError: 'Unhandled', errorType: 'Init.Broken', errorMessage: 'cannot start' }], rie: [{ status: 502, errorType: 'Init.Broken', errorMessage: 'cannot start' }] },
    run: async (t) => {
      t.everyRuntime(async (runtime) => {
        await runtime.initError('{"errorMessage":"cannot start","errorType":"Init.Broken"}', { 'Lambda-Runtime-Function-Error-Type': 'Runtime.Broken' });
        await runtime.exit(1);
      });
      return { ...seenAnswer(await (await t.invoke()).exchange.reply()) };
    },
  },
  {
    id: 'init-exit-zero',
    ref: 'INI-020',
    title: 'A bootstrap that exits with 0 while initialising gives Runtime.ExitError without a reason',
    source: 'localstack/localstack test_lambda.snapshot.json, TestLambdaErrors',
    level: 'required',
    needs: ['runtime-api'],
    profile: 'aws',
    fresh: true,
    accepts: [{ status: 200, functionError: 'Unhandled', errorType: 'Runtime.ExitError', errorMessage: 'RequestId: <id> Error: Runtime exited without providing a reason' }],
    run: async (t) => exitInInit(t, 0),
  },
  {
    id: 'init-exit-nonzero',
    ref: 'INI-021',
    title: 'A bootstrap that exits with 3 while initialising gives Runtime.ExitError with the exit status',
    source: `localstack/localstack test_lambda.snapshot.json, TestLambdaErrors; ${rie('rapid/exit.go')}`,
    level: 'required',
    needs: ['runtime-api'],
    profile: 'aws',
    fresh: true,
    accepts: [{ status: 200, functionError: 'Unhandled', errorType: 'Runtime.ExitError', errorMessage: 'RequestId: <id> Error: Runtime exited with error: exit status 3' }],
    run: async (t) => exitInInit(t, 3),
  },
  {
    id: 'init-killed-by-signal',
    ref: 'INI-022',
    title: 'A bootstrap that SIGKILL ends while initialising gives Runtime.ExitError with the signal',
    source: rie('rapid/exit.go'),
    level: 'optional',
    needs: ['runtime-api'],
    fresh: true,
    accepts: {
      aws: [{ errorType: 'Runtime.ExitError', errorMessage: 'RequestId: <id> Error: Runtime exited with error: signal: killed' }],
      // After an initialisation that died without a word the classic emulator's body is empty.
      rie: [{ status: 502, body: anyOf('', containing('signal: killed')) }],
    },
    run: async (t) => {
      t.everyRuntime(async (runtime) => {
        await runtime.probe.command('signalSelf', { signal: 'SIGKILL' });
      });
      return { ...seenAnswer(await (await t.invoke()).exchange.reply()) };
    },
  },
  {
    id: 'init-exit-names-request-id',
    ref: 'INI-023',
    title: 'The message of a failed initialisation names the request id of the invocation',
    source: 'localstack/localstack test_lambda.snapshot.json, TestLambdaErrors',
    level: 'required',
    needs: ['runtime-api'],
    profile: 'aws',
    dependsOn: ['init-exit-zero'],
    fresh: true,
    accepts: [{ isSameId: true }],
    run: async (t) => {
      t.everyRuntime(async (runtime) => void (await runtime.exit(0)));
      const answer = await (await t.invoke()).exchange.reply();
      const requestId = answer.headers.get('x-amzn-requestid') ?? '(none)';
      return { isSameId: answer.text.includes(`RequestId: ${requestId} `), requestId };
    },
  },
  {
    id: 'init-failed-then-works',
    ref: 'INI-024',
    title: 'After failed initialisations a later invocation works without a restart of the server',
    source: `${LIFECYCLE}; users of the emulator restart it (its issues 9, 42, 86)`,
    level: 'required',
    needs: ['runtime-api'],
    profile: 'aws',
    dependsOn: ['init-exit-nonzero'],
    fresh: true,
    accepts: [{ first: { functionError: 'Unhandled' }, second: { status: 200, functionError: absent, body: '"works"' } }],
    run: async (t) => {
      // The initialisation ahead of the invocation and the one inside it.
      t.everyRuntime(async (runtime, index) => {
        if (index < 2) await runtime.exit(1);
        else await t.serveOne(runtime, () => '"works"');
      });
      const first = seenAnswer(await (await t.invoke()).exchange.reply());
      const second = seenAnswer(await (await t.invoke()).exchange.reply());
      return { first, second };
    },
  },
  {
    id: 'init-failed-keeps-tmp',
    ref: 'INI-025',
    title: 'A file that a failed initialisation wrote to /tmp is there in the next attempt',
    source: LIFECYCLE,
    level: 'required',
    needs: ['runtime-api'],
    fresh: true,
    accepts: [{ attempts: between(2, 9), content: 'kept' }],
    run: async (t) => {
      const path = join(tmpdir(), `conformance-${randomUUID()}`);
      let content: unknown;
      const wasRead = Promise.withResolvers<void>();
      t.everyRuntime(async (runtime, index) => {
        if (index === 0) await runtime.probe.command('writeFile', { path, text: 'kept' });
        if (index === 0) return void (await runtime.exit(1));
        if (index === 1) content = await runtime.probe.command('readFile', { path });
        wasRead.resolve();
        await t.serveOne(runtime, () => '{}');
      });
      try {
        await (await t.invoke()).exchange.reply();
        // Where the failure has ended the first invocation, the next attempt comes with the second.
        if (t.runtimeProbes.length < 2) await t.invoke();
        await Promise.race([wasRead.promise, sleep(2_000)]);
        return { attempts: t.runtimeProbes.length, content };
      } finally {
        if (existsSync(path)) rmSync(path);
      }
    },
  },
];

async function runningPlace(t: Trial) {
  return { place: (await started(t)).probe.hello.place };
}

/** The runtime as it was started, with its first invocation behind it. */
async function started(t: Trial) {
  return (await t.exchange()).runtime;
}

async function exitInInit(t: Trial, code: number) {
  t.everyRuntime(async (runtime) => void (await runtime.exit(code)));
  return { ...seenAnswer(await (await t.invoke()).exchange.reply()) };
}
