/** `rik dev`: the Runtime API server alone, with an HTTP front door: the emulator. */

import type { Emulator, LogLevel } from '../../runtime-api/index.ts';
import { DEV_OPTIONS, LOG_LEVELS } from '../dev/settings.ts';
import { cliError } from '../errors.ts';
import type { ExitName } from '../exit-codes.ts';
import type { Verb } from '../verb.ts';

export const dev: Verb = {
  name: 'dev',
  summary: 'Run runtimes behind an HTTP front door, without isolation',
  description:
    'Starts the Runtime API and, at the first invocation, the runtime: the given command, or the bootstrap in the folder given with --code, else in /var/runtime, /var/task or /opt. Invocations go to POST /2015-03-31/functions/NAME/invocations, any name; streaming ones to /2021-11-15/functions/NAME/response-streaming-invocations; GET /_health says that it is up. Output of the function and the platform lines go to stdout.\n\n' +
    'Every option can also be a variable, RIK_DEV_ and its name (RIK_DEV_LISTEN, RIK_DEV_WATCH=1), or stand in the file of --config, which can have several functions. The first that says something counts: flag, variable, file, default. AWS_LAMBDA_FUNCTION_NAME, _VERSION, _MEMORY_SIZE, _TIMEOUT, _HANDLER and LOG_LEVEL are read as the usual emulator reads them. docs/dev.md has an example of each way of working.',
  arguments: [{ name: 'COMMAND', summary: 'Command line of the runtime, after --', arity: 'any-number' }],
  options: DEV_OPTIONS,
  examples: [
    { says: 'A custom runtime (its folder is the working directory)', command: 'rik dev -- ./bootstrap' },
    { says: 'As a drop-in for scripts written against the classic emulator', command: 'rik dev --profile rie --listen 127.0.0.1:9000 -- ./bootstrap' },
    { says: 'A web back end: a function URL for pages of any origin, new code at each request after a change', command: "rik dev --url 127.0.0.1:3000 --cors '*' --watch --code path/to/function" },
    { says: 'Under a debugger: start the runtime yourself, with the variables that are printed', command: 'rik dev --no-spawn --debugger' },
    { says: 'Several functions', command: 'rik dev --config path/to/functions.json' },
  ],
  interrupt: 'verb',
  run: async ({ input, output, environment, interrupted }) => {
    const { startEmulator } = await import('../../runtime-api/index.ts');
    const { systemClock } = await import('../../foundation/clock.ts');
    const { readDevOptions } = await import('../dev/emulator-options.ts');
    const { emulator: options, logLevel } = await readDevOptions(input, environment);
    const say = (level: LogLevel, text: string): void => {
      if (LOG_LEVELS.indexOf(level) >= LOG_LEVELS.indexOf(logLevel)) output.progress(level === 'info' ? text : `${level.toUpperCase()} ${text}`);
    };
    const traceRequest = logLevel === 'debug' ? (line: string): void => say('debug', line) : undefined;
    const emulator = await startEmulator({ ...options, diagnose: say, traceRequest }, systemClock, process.stdout).catch((error: unknown) => {
      throw cannotStart(error);
    });
    for (const line of introduction(emulator)) say('info', line);
    await new Promise<void>((resolve) => (interrupted.aborted ? resolve() : interrupted.addEventListener('abort', () => resolve())));
    await emulator.close();
    return 'OK' satisfies ExitName;
  },
};

function introduction(emulator: Emulator): string[] {
  const { functions, url } = emulator;
  const [first] = functions;
  const lines = [`listening on ${url}; runtime API on ${emulator.runtimeApiAddress}`];
  const isAlone = functions.length === 1;
  for (const { name, runtimeApiAddress, url: functionUrl, attachWith } of functions) {
    if (!isAlone) lines.push(`${name}: runtime API on ${runtimeApiAddress}`);
    if (functionUrl !== undefined) lines.push(`${name}: function URL ${functionUrl}`);
    if (attachWith === undefined) continue;
    lines.push(`${name}: waiting for a runtime; start it with these variables:`);
    for (const [variable, value] of Object.entries(attachWith)) lines.push(`  ${variable}=${/^[\w./:-]*$/.test(value) ? value : `'${value}'`}`);
  }
  return [...lines, `try: curl -d '{}' ${url}/2015-03-31/functions/${isAlone ? 'function' : (first?.name ?? '')}/invocations`];
}

function cannotStart(error: unknown): unknown {
  if (!(error instanceof Error) || !('code' in error)) return error;
  const { code } = error;
  if ('syscall' in error && error.syscall === 'opendir') {
    return cliError('cli/usage', `the folder to watch ${code === 'ENOENT' ? 'is not there' : code === 'ENOTDIR' ? 'is no folder' : 'cannot be read'}`, { hint: 'name it with --code', cause: error });
  }
  const place = 'address' in error && 'port' in error ? `${String(error.address)}:${String(error.port)}` : 'an address';
  const why = code === 'EADDRINUSE' ? 'it is in use' : code === 'EACCES' ? 'it needs privileges' : code === 'ENOTFOUND' || code === 'EADDRNOTAVAIL' ? 'this machine has no such address' : undefined;
  if (why === undefined) return error;
  return cliError('cli/usage', `cannot listen on ${place}: ${why}`, { hint: 'choose another with --listen, --runtime-api or --url', cause: error });
}
