/** `rik examples`: the main job in one command. Builds what is missing, runs one function per runtime, then stays up as the platform. */

import { join } from 'node:path';
import type { BuiltExample } from '../../examples/index.ts';
import type { Platform } from '../../platform/index.ts';
import type { InvokeAnswer, LambdaApiClient } from '../api-client.ts';
import { cliError } from '../errors.ts';
import type { ExitName } from '../exit-codes.ts';
import { buildClients } from '../open-images.ts';
import { RUN_OPTIONS, runnerOptions } from '../open-runner-options.ts';
import { ACCOUNT_DEFAULT, PORT_DEFAULT, REGION_DEFAULT } from '../platform-defaults.ts';
import type { Output } from '../output.ts';
import { distFolder } from '../package-files.ts';
import type { Verb, VerbContext } from '../verb.ts';
import { waitUntilSettled } from '../wait-until-settled.ts';

/** One managed runtime each, and one custom runtime. */
const EXAMPLE_NAMES = ['hello-node', 'hello-python', 'hello-java', 'hello-shell'];

export const examples: Verb = {
  name: 'examples',
  summary: 'Run one example function per runtime, then stay up as the platform',
  description:
    'This is what `npm start` does: builds the runtime images that are missing, starts the platform, creates one function per runtime through its API, invokes each one cold and warm in an isolated environment, and shows the log and the result. Then it stays up, with the functions in it, until it is interrupted.',
  arguments: [],
  options: [
    { flags: '--once', kind: 'switch', summary: 'End after the examples' },
    { flags: '--port NUMBER', kind: 'integer', summary: 'Port to listen on; 0 takes a free one', minimum: 0, maximum: 65_535, defaultText: `${PORT_DEFAULT}, with --once a free one` },
    ...RUN_OPTIONS,
  ],
  examples: [
    { says: 'All examples, then the end', command: 'rik examples --once' },
  ],
  interrupt: 'verb',
  run: async (context) => {
    const { input, output, interrupted } = context;
    const built = await buildExampleFolders(output);
    const quiet = { isQuiet: true };
    const { openPlatform, streamLogSink } = await import('../../platform/index.ts');
    const log = streamLogSink(process.stderr);
    const options = await runnerOptions(context, { write: (record) => (quiet.isQuiet ? undefined : log.write(record)) });
    await buildImages(options.images, [...new Set(built.map((example) => example.runtime))], options.bases, output);
    const platform = await openPlatform({
      ...options,
      host: '127.0.0.1',
      port: input.integer('port') ?? (input.isSet('once') ? 0 : PORT_DEFAULT),
      region: REGION_DEFAULT,
      accountId: ACCOUNT_DEFAULT,
    });
    try {
      output.progress(`platform: listening on ${platform.url} (development mode: requests are not authenticated, loopback only)`);
      const failed = await runAll(context, platform, built);
      if (failed.length > 0) throw cliError('cli/example-failed', `not every example did what it should: ${failed.join(', ')}`, { hint: 'the log above says why; `rik doctor` examines the machine' });
      quiet.isQuiet = false;
      if (!input.isSet('once')) await stayUp(platform, output, interrupted);
    } finally {
      await platform.close();
    }
    return 'OK' satisfies ExitName;
  },
};

async function buildExampleFolders(output: Output): Promise<BuiltExample[]> {
  const { buildExamples } = await import('../../examples/index.ts');
  const built = await buildExamples({ outDir: join(distFolder(), 'examples'), names: EXAMPLE_NAMES });
  for (const example of built) if (example.built) output.progress(`examples: built ${example.name}`);
  return built;
}

type Images = Awaited<ReturnType<typeof runnerOptions>>['images'];

async function buildImages(images: Images, identifiers: readonly string[], bases: readonly string[], output: Output): Promise<void> {
  await buildClients((line) => output.progress(`runtimes: ${line}`));
  for (const identifier of identifiers) {
    const image = await images.ensure(`${identifier}@${bases[0] ?? 'debian'}`);
    output.progress(`image: ${image.reference} is ${image.versionName} (${image.imageDigest.slice(0, 19)}…)`);
  }
}

/** The names of those that failed. */
async function runAll(context: VerbContext, platform: Platform, built: readonly BuiltExample[]): Promise<string[]> {
  const { connectToApi } = await import('../api-client.ts');
  const client = connectToApi(new URL(platform.url));
  const failed: string[] = [];
  try {
    for (const example of built) {
      if (context.interrupted.aborted) break;
      await createOrUpdate(client, example);
      const isGood = await showInvocations(client, example, context.output);
      if (!isGood) failed.push(example.name);
    }
  } finally {
    await client.close();
  }
  return failed;
}

async function createOrUpdate(client: LambdaApiClient, example: BuiltExample): Promise<void> {
  const { readCode } = await import('../code-archive/read-code.ts');
  const code = (await readCode(example.dir)).toString('base64');
  const settings = { Runtime: example.runtime, Handler: example.handler, Timeout: example.timeoutSeconds ?? 30, MemorySize: example.memoryMiB ?? 512 };
  const known = (await client.listFunctions()).some((listed) => listed.functionName === example.name);
  if (known) {
    await client.updateFunctionCode(example.name, { ZipFile: code });
    await waitUntilSettled(client, example.name);
    await client.updateFunctionConfiguration(example.name, settings);
  } else {
    await client.createFunction({
      ...settings,
      FunctionName: example.name,
      Role: `arn:aws:iam::${ACCOUNT_DEFAULT}:role/rik`,
      Architectures: [process.arch === 'arm64' ? 'arm64' : 'x86_64'],
      Code: { ZipFile: code },
    });
  }
  await waitUntilSettled(client, example.name);
}

async function showInvocations(client: LambdaApiClient, example: BuiltExample, output: Output): Promise<boolean> {
  const payload = Buffer.from(JSON.stringify(example.event), 'utf8');
  const timed = async (): Promise<{ answer: InvokeAnswer; ms: number }> => {
    const startedMs = performance.now();
    const answer = await client.invoke({ functionName: example.name, payload, withLogTail: true });
    return { answer, ms: performance.now() - startedMs };
  };
  const cold = await timed();
  const warm = await timed();
  output.progress('');
  output.progress(`${example.name} (${example.runtime})`);
  for (const line of (cold.answer.logTail ?? '').trimEnd().split('\n')) output.progress(`  ${line.trimEnd().replaceAll('\t', '  ')}`);
  const isGood = cold.answer.functionError === undefined && warm.answer.functionError === undefined;
  const result = cold.answer.payload.toString('utf8');
  output.report({
    json: () => ({ function: example.name, runtime: example.runtime, payload: result, functionError: cold.answer.functionError ?? null }),
    people: () => [`${example.name}: ${result}`],
  });
  output.progress(`  ${isGood ? 'answered' : 'failed'} in ${cold.ms.toFixed(0)} ms cold, ${warm.ms.toFixed(1)} ms warm`);
  return isGood;
}

async function stayUp(platform: Platform, output: Output, interrupted: AbortSignal): Promise<void> {
  output.progress('');
  output.progress(`The platform stays up on ${platform.url}; Ctrl-C ends it. Try, from another terminal:`);
  output.progress(`  curl -d '{"name":"you"}' ${platform.url}/2015-03-31/functions/hello-node/invocations`);
  await new Promise<void>((resolve) => (interrupted.aborted ? resolve() : interrupted.addEventListener('abort', () => resolve())));
  output.progress('ending: running invocations may finish');
}
