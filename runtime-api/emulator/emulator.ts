/** The server started alone: functions whose runtimes are plain child processes, and an HTTP front door. Nothing is isolated. */
import type { Writable } from 'node:stream';
import type { Clock } from '../../foundation/clock.ts';
import { EmulatedFunction } from './emulated-function.ts';
import { openFrontDoor } from './front-door.ts';
import type { FrontDoor } from './front-door.ts';
import type { EmulatorOptions, FunctionOptions } from './options.ts';

export type Emulator = {
  url: string;
  /** Of the first function's first environment. */
  runtimeApiAddress: string;
  functions: readonly { name: string; runtimeApiAddress: string }[];
  close(): Promise<void>;
};

/** Rejects with the operating system's error when an address cannot be had; nothing is left open then. */
export async function startEmulator(options: EmulatorOptions, clock: Clock, output: Writable): Promise<Emulator> {
  // Every environment watches the stream, for as long as it lives.
  output.setMaxListeners(0);
  const functions: EmulatedFunction[] = [];
  try {
    for (const each of options.functions) functions.push(await openFunction(each, options, clock, output));
    const frontDoor = await openFrontDoor(options, functions, clock);
    return describe(functions, frontDoor);
  } catch (error) {
    await Promise.all(functions.map((each) => each.close()));
    throw error;
  }
}

/** Lines of several processes on one stream are kept whole, and named where there are several functions. */
function openFunction(options: FunctionOptions, { functions, processOutput }: EmulatorOptions, clock: Clock, output: Writable): Promise<EmulatedFunction> {
  const isAlone = functions.length === 1 && (options.environmentsMax ?? 1) === 1;
  const linePrefix = isAlone ? undefined : functions.length === 1 ? '' : `${options.functionName} | `;
  return EmulatedFunction.open({ options, clock, output, linePrefix, processOutput });
}

function describe(functions: readonly EmulatedFunction[], frontDoor: FrontDoor): Emulator {
  return {
    url: frontDoor.url,
    runtimeApiAddress: functions[0]?.runtimeApiAddress ?? '',
    functions: functions.map(({ options, runtimeApiAddress }) => ({ name: options.functionName, runtimeApiAddress })),
    async close() {
      const closed = frontDoor.close();
      await Promise.all(functions.map((each) => each.close()));
      await closed;
    },
  };
}
