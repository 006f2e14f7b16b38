/** The composition root: the only file that knows all parts of the platform. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { systemClock } from '../foundation/clock.ts';
import { TEXT_LOGGING } from '../runtime-api/index.ts';
import type { Logging } from '../runtime-api/index.ts';
import { APPLICATION_LOG_LEVELS, SYSTEM_LOG_LEVELS } from '../runtime-api/protocol/telemetry.ts';
import { ApiError } from './api/index.ts';
import { openControlPlane } from './control-plane/index.ts';
import type { ControlPlane } from './control-plane/index.ts';
import { platformError } from './errors.ts';
import { EventBudget, invokeOperation, invokeStreamOperation, openFrontDoor } from './invoke/index.ts';
import type { AddressedFunction, FrontDoor } from './invoke/index.ts';
import { openRunner } from './runner.ts';
import type { Runner, RunnerOptions } from './runner.ts';

export { PLATFORM_ERRORS } from './errors.ts';
export { openRunner } from './runner.ts';
export type { BackendChoice, Runner, RunnerOptions } from './runner.ts';
export type { Capabilities } from './isolation/index.ts';
export { streamLogSink } from './worker/index.ts';
export type { FunctionVersion, InvocationOutcome, InvocationReport, LogRecord, LogSink, RuntimeRoot } from './worker/index.ts';

export type PlatformOptions = RunnerOptions & { host: string; port: number; region: string; accountId: string };

export type Platform = {
  /** `http://127.0.0.1:3001` */
  url: string;
  runner: Runner;
  /** Takes nothing new, lets what runs finish, then ends every environment. */
  close(): Promise<void>;
};

/** Running invocations may finish for this long when the platform is closed. */
const CLOSE_GRACE_MS = 10_000;
const CLOSE_POLL_MS = 20;
/** Log output of many invocations goes into one write; nobody who watches a terminal sees the delay. */
const LOG_GATHER_MS = 10;
const LOOPBACK = /^(?:127\.\d+\.\d+\.\d+|::1|localhost)$/;

export async function openPlatform(options: PlatformOptions): Promise<Platform> {
  if (!LOOPBACK.test(options.host)) {
    throw platformError('platform/not-loopback', `requests are not authenticated, so the platform does not listen on ${options.host}`, {
      hint: 'use 127.0.0.1 or ::1, behind a tunnel or proxy that authenticates',
    });
  }
  const runner = await openRunner({ logGatherMs: LOG_GATHER_MS, ...options });
  try {
    await runner.check();
    return await serve(options, runner);
  } catch (error) {
    await runner.close();
    throw error;
  }
}

async function serve(options: PlatformOptions, runner: Runner): Promise<Platform> {
  const changed = (functionArnUnqualified: string): void => {
    runner.worker.retire(functionArnUnqualified);
    warm(functionArnUnqualified);
  };
  const controlPlane = openControlPlane({
    stateDir: options.stateDir,
    region: options.region,
    accountId: options.accountId,
    clock: systemClock,
    runtimeVersions: async (runtime) => {
      const image = await options.images.find(runtime, [...options.bases]);
      return image === undefined ? undefined : { arn: image.runtimeVersionArn };
    },
    onFunctionChanged: (functionArnUnqualified) => changed(functionArnUnqualified),
    onFault: options.onProblem,
  });
  /** The first invocation of a function that was just made will want an environment. */
  const warm = (functionArnUnqualified: string): void => {
    const found = resolved(controlPlane, functionArnUnqualified);
    // Without the image there is nothing to warm, and an invocation will say why.
    if (found === undefined) return;
    runner.findRoot(found.runtime).then((root) => root !== undefined && runner.worker.warm(root), options.onProblem);
  };
  const invokeParts = {
    clock: systemClock,
    worker: runner.worker,
    lookup: { find: (reference: string, qualifier: string | undefined) => findFunction(options, runner, controlPlane, reference, qualifier) },
    onFault: options.onProblem,
    events: new EventBudget(),
  };
  try {
    const frontDoor = await openFrontDoor({
      host: options.host,
      port: options.port,
      invoke: invokeOperation(invokeParts),
      invokeStream: invokeStreamOperation(invokeParts),
      handleOther: (request: IncomingMessage, response: ServerResponse) => controlPlane.handle(request, response),
    }).catch((error: unknown) => {
      throw cannotListen(error, options);
    });
    let closing: Promise<void> | undefined;
    return { url: frontDoor.url, runner, close: () => (closing ??= closePlatform(frontDoor, controlPlane, runner)) };
  } catch (error) {
    await controlPlane.close();
    throw error;
  }
}

/** Undefined when it is gone, or not ready to be invoked. */
function resolved(controlPlane: ControlPlane, functionArn: string): ReturnType<ControlPlane['resolve']> | undefined {
  try {
    return controlPlane.resolve(functionArn);
  } catch {
    return undefined;
  }
}

async function findFunction(
  options: PlatformOptions,
  runner: Runner,
  controlPlane: ControlPlane,
  reference: string,
  qualifier: string | undefined,
): Promise<AddressedFunction> {
  const found = controlPlane.resolve(reference, qualifier);
  const root = await runner.root(found.runtime).catch((error: unknown) => {
    // The caller cannot do anything about it; who runs the platform can.
    options.onProblem(error);
    throw new ApiError('InvalidRuntimeException', `The runtime ${found.runtime} has no image on this platform.`, { cause: error });
  });
  return {
    functionArn: found.functionArn,
    version: {
      functionName: found.functionName,
      functionArnUnqualified: found.functionArnUnqualified,
      version: found.version,
      generation: found.generation,
      handler: found.handler,
      timeoutMs: found.timeoutSeconds * 1000,
      memoryMiB: found.memoryMiB,
      tmpMiB: found.ephemeralStorageMiB,
      variables: found.environmentVariables,
      codePath: found.codePath,
      region: options.region,
      logGroup: found.logGroup,
      logging: toLogging(found.logging),
      root,
    },
  };
}

async function closePlatform(frontDoor: FrontDoor, controlPlane: ControlPlane, runner: Runner): Promise<void> {
  await Promise.all([frontDoor.close(CLOSE_GRACE_MS), untilIdle(runner.worker, CLOSE_GRACE_MS)]);
  try {
    await runner.close();
  } finally {
    await controlPlane.close();
  }
}

/** An invocation runs on when its invoker is gone, so connections alone do not tell. */
async function untilIdle(worker: Runner['worker'], graceMs: number): Promise<void> {
  const deadlineMs = systemClock.monotonicMs() + graceMs;
  const isBusy = (): boolean => worker.counts.busy + worker.counts.waiting > 0;
  while (isBusy() && systemClock.monotonicMs() < deadlineMs) await new Promise((resolve) => setTimeout(resolve, CLOSE_POLL_MS));
}

function cannotListen(error: unknown, { host, port }: { host: string; port: number }): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code !== 'EADDRINUSE' && code !== 'EACCES' && code !== 'EADDRNOTAVAIL') return error;
  const why = code === 'EADDRINUSE' ? 'another program listens there' : code === 'EACCES' ? 'it needs privileges' : 'this machine has no such address';
  return platformError('platform/address-unusable', `cannot listen on ${host}:${port}: ${why}`, { hint: 'choose another port with --port', cause: error });
}

/** The control plane has let no other level in. */
function toLogging({ format, applicationLevel, systemLevel }: ReturnType<ControlPlane['resolve']>['logging']): Logging {
  return {
    format,
    applicationLevel: APPLICATION_LOG_LEVELS.find((level) => level === applicationLevel) ?? TEXT_LOGGING.applicationLevel,
    systemLevel: SYSTEM_LOG_LEVELS.find((level) => level === systemLevel) ?? TEXT_LOGGING.systemLevel,
  };
}
