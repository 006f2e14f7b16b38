/** Extensions that behave, for cases in which something else is the point. */
import type { Observation } from '../case.ts';
import { NothingHappened } from '../kit/nothing-happened.ts';
import type { ExtensionClient, ExtensionEvent, RuntimeClient } from '../kit/runtime-client.ts';
import type { Trial } from '../kit/trial.ts';

/** One external extension that is called `a`. */
export const ONE_EXTENSION = { extensions: ['a'] } as const;
export const BOTH_EVENTS = ['INVOKE', 'SHUTDOWN'] as const;

/** Asks for one event after the other; at SHUTDOWN it exits with 0. */
export async function followEvents(extension: ExtensionClient, seen: (event: ExtensionEvent) => Promise<void> | void = () => {}): Promise<void> {
  while (extension.probe.isAlive) {
    const event = await extension.next(60_000);
    await seen(event);
    if (event.status !== 200) return;
    if (event.type !== 'SHUTDOWN') continue;
    await extension.runtime.exit(0);
    return;
  }
}

/** Every process of the extension registers and then follows its events. */
export function keepExtension(t: Trial, name: string, events: readonly string[] = BOTH_EVENTS, seen?: (event: ExtensionEvent, extension: ExtensionClient) => Promise<void> | void): void {
  t.everyExtension(name, async (process) => {
    const extension = await t.registerExternal(name, events, process);
    await followEvents(extension, (event) => seen?.(event, extension));
  });
}

/**
 * Starts the environment and has the first process of the extension act before the initialisation goes on. Runtimes serve
 * any event; what comes after is a behaving extension's life.
 */
export async function whenExtensionStarts<Value>(t: Trial, name: string, act: (process: RuntimeClient) => Promise<Value>): Promise<Value> {
  const result = Promise.withResolvers<Value>();
  t.everyExtension(name, async (process, index) => {
    if (index > 0) return;
    try {
      result.resolve(await act(process));
    } catch (error) {
      result.reject(error);
    }
  });
  t.serve();
  await t.invoke();
  return result.promise;
}

/** Registers an external extension and does one thing as it, while the environment initialises. */
export function asExtension(t: Trial, act: (extension: ExtensionClient) => Promise<Observation>, events: readonly string[] = BOTH_EVENTS): Promise<Observation> {
  return whenExtensionStarts(t, 'a', async (process) => {
    const extension = await t.registerExternal('a', events, process);
    const seen = await act(extension);
    t.inBackground(process.probe, followEvents(extension));
    return seen;
  });
}

/** Runs until the condition holds; conditions on processes have no event to wait for. */
export async function until(condition: () => boolean, what: string, limitMs = 5_000): Promise<void> {
  const deadlineMs = performance.now() + limitMs;
  while (!condition()) {
    if (performance.now() > deadlineMs) throw new NothingHappened(what);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
