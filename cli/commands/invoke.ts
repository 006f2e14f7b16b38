/** `rik invoke`: one invocation, of a folder in an environment of its own, or of a function of the running platform. */

import { randomUUID } from 'node:crypto';
import { statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import type { FunctionVersion, InvocationReport, Runner } from '../../platform/index.ts';
import { FUNCTION_MEMORY_MIB_MAX, FUNCTION_MEMORY_MIB_MIN, FUNCTION_TIMEOUT_SECONDS_MAX, TMP_MIB_DEFAULT } from '../../runtime-api/protocol/limits.ts';
import { cliError } from '../errors.ts';
import { readEvent } from '../event-input.ts';
import type { ExitName } from '../exit-codes.ts';
import { HANDLER_OPTION, RUNTIME_OPTION } from '../function-options.ts';
import type { LocalFunction } from '../local-function.ts';
import { prepareLayers } from '../local-layers.ts';
import { RUN_OPTIONS, runnerOptions } from '../open-runner-options.ts';
import { ACCOUNT_DEFAULT, REGION_DEFAULT } from '../platform-defaults.ts';
import { ENDPOINT_OPTION, JSON_OPTION } from '../shared-options.ts';
import { stateFolder } from '../state-folder.ts';
import type { Verb, VerbContext } from '../verb.ts';
import { withApiClient } from '../with-api-client.ts';

/** Generous where somebody waits at a terminal; the platform's own defaults are for functions in production. */
const LOCAL_TIMEOUT_SECONDS = 30;
const LOCAL_MEMORY_MIB = 512;

export const invoke: Verb = {
  name: 'invoke',
  summary: 'Invoke a folder, or a function of the running platform',
  description:
    'With a folder: starts an isolated environment with the folder as /var/task, runs one invocation and removes everything again; nothing needs to be running. Settings that are not given are read from function.json in the folder, then guessed. With a name: calls the running platform. The response goes to stdout, logs go to stderr.',
  arguments: [{ name: 'DIR|NAME', summary: 'Folder with the code, or name or ARN of a function', arity: 'one' }],
  options: [
    { flags: '--event FILE|-|JSON', kind: 'text', summary: 'Event: a file, standard input, or JSON itself', defaultText: 'of function.json, else {}' },
    RUNTIME_OPTION,
    HANDLER_OPTION,
    { flags: '--timeout SECONDS', kind: 'integer', summary: 'Time that the invocation may take', minimum: 1, maximum: FUNCTION_TIMEOUT_SECONDS_MAX, defaultText: String(LOCAL_TIMEOUT_SECONDS) },
    { flags: '--memory MIB', kind: 'integer', summary: 'Memory limit', minimum: FUNCTION_MEMORY_MIB_MIN, maximum: FUNCTION_MEMORY_MIB_MAX, defaultText: String(LOCAL_MEMORY_MIB) },
    { flags: '--env KEY=VALUE', kind: 'list', summary: 'Environment variable' },
    { flags: '--layer DIR|ZIP', kind: 'list', summary: 'Layer, in order: later ones win' },
    { flags: '--log-tail', kind: 'switch', summary: 'With a name: print the last 4 KiB of the log (a folder always shows all of it)' },
    ...RUN_OPTIONS,
    ENDPOINT_OPTION,
    JSON_OPTION,
  ],
  examples: [
    { says: 'A folder with a Python function', command: `rik invoke examples/hello-python --event '{"name":"Ada"}'` },
    { says: 'A function of the running platform, with its log', command: `rik invoke hello --event event.json --log-tail` },
  ],
  run: async (context) => {
    const target = context.input.argument('DIR|NAME');
    const isFolder = statSync(target, { throwIfNoEntry: false })?.isDirectory() === true;
    if (isFolder) return invokeFolder(context, resolve(target));
    if (/[/\\]|\.zip$/.test(target) && !target.startsWith('arn:')) {
      throw cliError('cli/usage', `${target} is not a folder`, { hint: 'give a folder with the code, or the name of a function' });
    }
    return invokeByName(context, target);
  },
};

async function invokeByName(context: VerbContext, functionName: string): Promise<ExitName> {
  const { input, output } = context;
  return withApiClient<ExitName>(context, async (client) => {
    const answer = await client.invoke({ functionName, payload: readEvent(input.text('event'), '{}'), withLogTail: input.isSet('log-tail') });
    if (answer.logTail !== undefined) process.stderr.write(answer.logTail);
    output.report({
      json: () => ({ statusCode: answer.statusCode, functionError: answer.functionError ?? null, requestId: answer.requestId, executedVersion: answer.executedVersion, payload: parsed(answer.payload) }),
      people: () => [answer.payload.toString('utf8')],
    });
    return answer.functionError === undefined ? 'OK' : 'FUNCTION_ERROR';
  });
}

async function invokeFolder(context: VerbContext, folder: string): Promise<ExitName> {
  const { input, output, environment } = context;
  const { readLocalFunction } = await import('../local-function.ts');
  const local = readLocalFunction(folder, input);
  const payload = readEvent(input.text('event'), local.event);
  const { openRunner, streamLogSink } = await import('../../platform/index.ts');
  const options = await runnerOptions(context, streamLogSink(process.stderr));
  const layersPath = await prepareLayers(input.list('layer'), join(stateFolder(environment), 'layers'), output.progress);
  // Nothing is kept ready: this process ends after one invocation.
  const runner = await openRunner({ ...options, blankPerRoot: 0, environmentsMax: 1 });
  try {
    await runner.check();
    const version = await localVersion(runner, folder, local, layersPath);
    const outcome = await runner.worker.invoke(version, {
      invocation: { requestId: randomUUID(), functionArn: version.functionArnUnqualified, payload },
      wantsLogTail: false,
    });
    const answer = await outcome.answered;
    const report = await outcome.completed;
    output.report({ json: () => localReport(answer, report), people: () => [answer.body.toString('utf8')] });
    return answer.isFunctionError ? 'FUNCTION_ERROR' : 'OK';
  } finally {
    await runner.close();
  }
}

async function localVersion(runner: Runner, folder: string, local: LocalFunction, layersPath: string | undefined): Promise<FunctionVersion> {
  const functionName = basename(folder).replace(/[^a-zA-Z0-9-_]/g, '-').slice(0, 64) || 'function';
  return {
    functionName,
    functionArnUnqualified: `arn:aws:lambda:${REGION_DEFAULT}:${ACCOUNT_DEFAULT}:function:${functionName}`,
    version: '$LATEST',
    generation: 'local',
    handler: local.handler,
    timeoutMs: (local.timeoutSeconds ?? LOCAL_TIMEOUT_SECONDS) * 1000,
    memoryMiB: local.memoryMiB ?? LOCAL_MEMORY_MIB,
    tmpMiB: TMP_MIB_DEFAULT,
    variables: local.variables,
    codePath: folder,
    layersPath,
    region: REGION_DEFAULT,
    root: await runner.root(local.runtime),
  };
}

function localReport(answer: { body: Buffer; isFunctionError: boolean; errorType?: string | undefined }, report: InvocationReport): Record<string, unknown> {
  const { logTail: _, ...figures } = report;
  return { functionError: answer.isFunctionError ? 'Unhandled' : null, payload: parsed(answer.body), report: figures };
}

/** The document as it is when it is one, else its text. */
function parsed(body: Buffer): unknown {
  const text = body.toString('utf8');
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
