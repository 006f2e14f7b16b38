/** The server started alone: functions whose runtimes are plain child processes, and an HTTP front door. Nothing is isolated. */
import type { Writable } from 'node:stream';
import type { Clock } from '../../foundation/clock.ts';
import { EmulatedFunction } from './emulated-function.ts';
import { openFunctionUrl } from '../function-url/listener.ts';
import type { FunctionUrl } from '../function-url/listener.ts';
import { functionArn, openFrontDoor } from './front-door.ts';
import { variablesForAttached } from './options.ts';
import type { EmulatorOptions, FunctionOptions } from './options.ts';
import { watchFolder } from './watched-folder.ts';

export type EmulatedFunctionView = {
  name: string;
  runtimeApiAddress: string;
  url: string | undefined;
  /** What the runtime has to be started with, when somebody else starts it. */
  attachWith: Readonly<Record<string, string>> | undefined;
};

export type Emulator = {
  url: string;
  /** Of the first function's first environment. */
  runtimeApiAddress: string;
  functions: readonly EmulatedFunctionView[];
  close(): Promise<void>;
};

/** Rejects with the operating system's error when an address cannot be had; nothing is left open then. */
export async function startEmulator(options: EmulatorOptions, clock: Clock, output: Writable): Promise<Emulator> {
  // Every environment watches the stream, for as long as it lives.
  output.setMaxListeners(0);
  const functions: EmulatedFunction[] = [];
  const closers: (() => unknown)[] = [];
  // What was opened first is closed last.
  const close = async (): Promise<void> => {
    for (const each of closers.splice(0).reverse()) await each();
  };
  try {
    closers.push(() => Promise.all(functions.map((each) => each.close())));
    for (const each of options.functions) functions.push(await openFunction(each, options, clock, output));
    const urls = new Map<EmulatedFunction, string>();
    for (const each of functions) {
      const url = await openUrl(each, options, clock);
      if (url !== undefined) {
        urls.set(each, url.url);
        closers.push(() => url.close());
      }
      closers.push(watch(each, options, clock));
    }
    // The last: whoever finds it open finds everything open.
    const frontDoor = await openFrontDoor(options, functions, clock);
    closers.push(() => frontDoor.close());
    return {
      url: frontDoor.url,
      runtimeApiAddress: functions[0]?.runtimeApiAddress ?? '',
      functions: functions.map((each) => view(each, urls.get(each))),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function view({ options, runtimeApiAddress }: EmulatedFunction, url: string | undefined): EmulatedFunctionView {
  const attachWith = options.isAttached === true ? variablesForAttached(options, runtimeApiAddress) : undefined;
  return { name: options.functionName, runtimeApiAddress, url, attachWith };
}

/** Lines of several processes on one stream are kept whole, and named where there are several functions. */
function openFunction(options: FunctionOptions, { functions, processOutput, diagnose }: EmulatorOptions, clock: Clock, output: Writable): Promise<EmulatedFunction> {
  const isAlone = functions.length === 1 && (options.environmentsMax ?? 1) === 1 && options.maxConcurrency === undefined;
  const linePrefix = isAlone ? undefined : functions.length === 1 ? '' : `${options.functionName} | `;
  return EmulatedFunction.open({ options, clock, output, linePrefix, processOutput, diagnose });
}

async function openUrl(target: EmulatedFunction, { diagnose }: EmulatorOptions, clock: Clock): Promise<FunctionUrl | undefined> {
  const { url, functionName } = target.options;
  if (url === undefined) return undefined;
  return openFunctionUrl({
    ...url,
    functionName,
    functionArn: functionArn(target.options, { functionName, qualifier: undefined }),
    cors: url.cors,
    clock,
    add: (queued) => target.add({ ...queued, isEvent: false, wantsLogTail: false, answerWhen: 'answered' }),
    complain: (what) => diagnose?.('warn', `${functionName}: 502 to the client of ${what}`),
  });
}

/** Returns what ends it. */
function watch(watched: EmulatedFunction, { diagnose }: EmulatorOptions, clock: Clock): () => void {
  const { watchedFolder, functionName } = watched.options;
  if (watchedFolder === undefined) return () => {};
  const watcher = watchFolder(watchedFolder, clock, (name) => {
    diagnose?.('info', `${functionName}: ${name} changed, the next invocation begins in a new environment`);
    watched.renew();
  });
  return () => watcher.close();
}
