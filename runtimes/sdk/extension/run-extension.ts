/** A whole extension: registration, telemetry, the loop of events, the end. */
import { registerExtension, type Extension } from './client.ts';
import type { InvokeEvent, ShutdownEvent } from './events.ts';
import type { TelemetryEvent } from './telemetry-events.ts';
import { listenForTelemetry } from './telemetry-listener.ts';
import type { TelemetrySubscription } from './telemetry-subscription.ts';

export type ExtensionHandlers = {
  /** Default: the name of the program's file. */
  name?: string;
  address?: string;
  /** After the registration, before the first event. What it throws ends the environment's initialisation. */
  onInit?(extension: Extension): void | Promise<void>;
  /** Asks for INVOKE events. The invocation is over only when this has settled, although its invoker has the answer before. */
  onInvoke?(event: InvokeEvent, extension: Extension): void | Promise<void>;
  /** Asked for in any case, so that the end is an orderly one. */
  onShutdown?(event: ShutdownEvent, extension: Extension): void | Promise<void>;
  /** Subscribes and listens. */
  telemetry?: Pick<TelemetrySubscription, 'types' | 'buffering' | 'schemaVersion'> & { port?: number; onEvents: (events: TelemetryEvent[]) => void | Promise<void> };
};

/** Resolves after SHUTDOWN; then let the process end. What fails is reported, and then rejected with. */
export async function runExtension(handlers: ExtensionHandlers): Promise<void> {
  const { name, address } = handlers;
  const extension = await registerExtension({
    ...(name === undefined ? {} : { name }),
    ...(address === undefined ? {} : { address }),
    events: handlers.onInvoke === undefined ? ['SHUTDOWN'] : ['INVOKE', 'SHUTDOWN'],
  });
  const listener = await begin(extension, handlers).catch(async (error: unknown) => {
    await extension.reportInitError(error).catch(() => undefined);
    throw error;
  });
  try {
    await takeEvents(extension, handlers);
  } catch (error) {
    await extension.reportExitError(error).catch(() => undefined);
    throw error;
  } finally {
    await listener?.close();
  }
}

async function begin(extension: Extension, { telemetry, onInit }: ExtensionHandlers): Promise<{ close(): Promise<void> } | undefined> {
  await onInit?.(extension);
  if (telemetry === undefined) return undefined;
  const { onEvents, port = 0, ...subscription } = telemetry;
  const listener = await listenForTelemetry({ onEvents, port });
  await extension.subscribeTelemetry({ ...subscription, destination: { protocol: 'HTTP', URI: listener.uri } });
  return listener;
}

async function takeEvents(extension: Extension, handlers: ExtensionHandlers): Promise<void> {
  for (;;) {
    const event = await extension.next();
    if (event.eventType === 'SHUTDOWN') {
      await handlers.onShutdown?.(event, extension);
      return;
    }
    await handlers.onInvoke?.(event, extension);
  }
}
