// time-limit-seconds: 400
/** What a user gets: the packed package in an empty folder, with its types, its command line, and the SDK on every engine. */
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { installPackage, OTHER_PROGRAMS, type InstalledPackage } from '../../support/installed-package.ts';

const test = suite('integration/package/installed-package');

const CLEAN_PROGRAM = `import { http, LambdaError, run, stream, typed, type InvocationContext, type Interceptor, type TelemetryEvent } from 'rik/sdk';
import { apiGatewayEvent, call, fakeContext, functionUrlEvent, recordTo, sqsEvent, startFakeRuntimeApi, type Answer } from 'rik/sdk/test-kit';
import type { SQSEvent } from 'aws-lambda';

const timing: Interceptor = { async invoke(invocation, next) { return next(invocation); } };
const queue = typed(async (event: SQSEvent, context: InvocationContext): Promise<number> => {
  if (context.signal.aborted) throw new LambdaError('Queue.TooLate', 'aborted');
  return event.Records.length;
});
const answer: Answer = await call(queue, sqsEvent([1, 2]), { context: fakeContext(), interceptors: [timing] });
const page: Answer = await call(http((request) => new Response(request.method, { headers: { 'content-type': 'text/plain' } })), functionUrlEvent({ method: 'PUT', url: '/', headers: {} }));
const streamed: Answer = await call(stream(async (event: { n: number }, writer) => { await writer.write(event); }), { n: 1 });
export const shapes: [typeof run, typeof apiGatewayEvent, typeof recordTo, typeof startFakeRuntimeApi, TelemetryEvent | undefined] = [run, apiGatewayEvent, recordTo, startFakeRuntimeApi, undefined];
console.log(answer.text(), JSON.stringify(page.json()), streamed.text());
`;
const CLEAN_OUTPUT = '2 {"statusCode":200,"headers":{"content-type":"text/plain"},"cookies":[],"body":"PUT","isBase64Encoded":false} {"n":1}\n';
const WRONG_PROGRAM = `import { run, typed } from 'rik/sdk';
typed((event: { n: number }) => event.m);
run(7);
`;
const HANDLER = `import { run } from 'rik/sdk';
await run((event: { name: string }, { awsRequestId }) => ({ hello: event.name, hasId: awsRequestId.length > 10 }));
`;

let shared: InstalledPackage | undefined;
test.before(async () => {
  shared = await installPackage(['@types/node@22', OTHER_PROGRAMS.node20.specifier, OTHER_PROGRAMS.node22.specifier, OTHER_PROGRAMS.bun.specifier, OTHER_PROGRAMS.deno.specifier]);
});
test.after(() => shared?.[Symbol.dispose]());

function withPackage(title: string, use: (installed: InstalledPackage) => Promise<void>): void {
  test(title, async () => {
    // The reason was printed by the installation.
    if (shared !== undefined) await use(shared);
  });
}

withPackage('a program that imports the SDK and its test kit type-checks under strict, declarations included', async (installed) => {
  installed.write('clean.ts', CLEAN_PROGRAM);
  const end = await typeCheck(installed, 'clean.ts');
  assert.equal([end.code, end.stdout], [0, '']);
});

withPackage('mistakes in the use of the SDK are found by the types', async (installed) => {
  installed.write('wrong.ts', WRONG_PROGRAM);
  const { stdout } = await typeCheck(installed, 'wrong.ts');
  assert.equal([...stdout.matchAll(/^wrong\.ts\((\d),/gm)].map((match) => match[1]), ['2', '3']);
});

for (const [name, engine] of Object.entries({ node20: OTHER_PROGRAMS.node20.path, node22: OTHER_PROGRAMS.node22.path, node24: undefined, bun: OTHER_PROGRAMS.bun.path, deno: OTHER_PROGRAMS.deno.path })) {
  withPackage(`the SDK and its test kit run on ${name}`, async (installed) => {
    await bundleWith(installed, { source: CLEAN_PROGRAM, outfile: 'clean.mjs', external: ['rik/*'] });
    const program = engine === undefined ? process.execPath : join(installed.folder, engine);
    const end = await installed.run(program, [...(name === 'deno' ? ['run', '-A', '--quiet'] : []), 'clean.mjs']);
    assert.equal([end.code, end.stdout], [0, CLEAN_OUTPUT], end.stderr);
  });

  withPackage(`a handler bundled with the SDK into one file answers on the emulator as a bootstrap on ${name}`, async (installed) => {
    await bundleWith(installed, { source: HANDLER, outfile: 'handler.mjs' });
    const program = engine === undefined ? process.execPath : join(installed.folder, engine);
    const command = [program, ...(name === 'deno' ? ['run', '-A', '--quiet'] : []), join(installed.folder, 'handler.mjs')];
    await withDev(installed, command, async (address) => {
      for (const who of ['Ada', 'Bob']) {
        const response = await fetch(`${address}/2015-03-31/functions/function/invocations`, { method: 'POST', body: JSON.stringify({ name: who }) });
        assert.equal([response.status, await response.json()], [200, { hello: who, hasId: true }]);
      }
    });
  });
}

withPackage('the command line helps, examines the machine and finds its parts', async (installed) => {
  const help = await installed.run('npx', ['rik', '--help']);
  assert.match(help.stdout, /^rik — /, help.stderr);
  const doctor = await installed.run('npx', ['rik', 'doctor']);
  assert.match(doctor.stdout, /^ok +node +\d/m);
  assert.not.match(doctor.stdout + doctor.stderr, /installation-incomplete|install rik again/);
});

withPackage('the starters come along, and so does the conformance suite', async (installed) => {
  for (const language of ['typescript', 'shell', 'rust']) {
    const made = await installed.run('npx', ['rik', 'runtime', 'new', `my-${language}`, '--language', language]);
    assert.equal([made.code, made.stdout.includes('README.md')], [0, true], made.stderr);
  }
  const listed = await installed.run('npx', ['rik', 'conformance', 'list', '--subject', 'runtime']);
  assert.match(listed.stdout, /RUN-030/, listed.stderr);
  const examined = await installed.run('npx', ['rik', 'conformance', 'run', '--bootstrap', 'my-shell', '--function', 'echo=function.echo_event', '--case', 'RUN-030']);
  assert.match(examined.stdout + examined.stderr, /1 cases?: (1 pass|0 pass, 0 fail, 1 skip)/);
});

withPackage('what is not public cannot be imported', async (installed) => {
  installed.write('private.mjs', `await import('rik/dist/sdk/index.js');`);
  assert.match((await installed.run(process.execPath, ['private.mjs'])).stderr, /ERR_PACKAGE_PATH_NOT_EXPORTED/);
});

async function typeCheck(installed: InstalledPackage, file: string): Promise<{ code: number; stdout: string }> {
  const compiler = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc');
  const options = ['--strict', '--noUncheckedIndexedAccess', '--exactOptionalPropertyTypes', '--noEmit', '--module', 'nodenext', '--target', 'es2022', '--types', 'node', '--pretty', 'false'];
  return installed.run(process.execPath, [compiler, ...options, file]);
}

async function bundleWith(installed: InstalledPackage, options: { source: string; outfile: string; external?: string[] }): Promise<void> {
  const { build } = await import('esbuild');
  await build({
    stdin: { contents: options.source, resolveDir: installed.folder, loader: 'ts' },
    outfile: join(installed.folder, options.outfile),
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    external: options.external ?? [],
    logLevel: 'silent',
  });
}

/** `rik dev` of the installed package, for the time of one test. */
async function withDev(installed: InstalledPackage, command: readonly string[], use: (address: string) => Promise<void>): Promise<void> {
  const launcher = join(installed.folder, 'node_modules', 'rik', 'cli', 'rik.mjs');
  const child = spawn(process.execPath, [launcher, 'dev', '--listen', '127.0.0.1:0', '--', ...command], { cwd: installed.folder, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  const address = new Promise<string>((resolve, reject) => {
    const read = (text: string): void => {
      output += text;
      const [, url] = /listening on (http:\S+?);/.exec(output) ?? [];
      if (url !== undefined) resolve(url);
    };
    child.stdout.setEncoding('utf8').on('data', read);
    child.stderr.setEncoding('utf8').on('data', read);
    child.on('exit', () => reject(new Error(`rik dev has ended: ${output}`)));
  });
  const ended = new Promise((resolve) => child.on('exit', resolve));
  try {
    await use(await address);
  } finally {
    child.kill('SIGTERM');
    await ended;
  }
}

test.run();
