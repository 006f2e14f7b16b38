/** One running broker with its one bootstrap, ready for load: the pair that the benches measure. */
import type { Tools } from './tools.ts';
import { benchError } from './errors.ts';
import { runLoad } from './load-report.ts';
import { commandLineOf, descendantsOf } from './process-figures.ts';
import { pickPorts, startProcess, waitUntilListening, type Started } from './processes.ts';
import { expandArgv, type BrokerSpec, type PlaceholderValues } from './subjects.ts';

const READY_LIMIT_MS = 20_000;
const START_ATTEMPTS = 3;

/** Which processor the broker gets and which one load and bootstrap share; without a plan nothing is bound. */
export type PinPlan = { taskset: string; broker: number; clients: number };

export type BrokerContext = { tools: Tools; values: PlaceholderValues; pin: PinPlan | undefined; pipeline: boolean };

export type RunningBroker = {
  frontPort: number;
  /** The broker's processes and the bootstrap's, by the time the first invocation is answered. */
  brokerPids: number[];
  bootstrapPids: number[];
  stop(): Promise<void>;
};

/** Starts a broker on ports of its own and returns once it has answered one invocation with its echo. */
export async function startBroker(spec: BrokerSpec, context: BrokerContext): Promise<RunningBroker> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await startOnce(spec, context);
    } catch (error) {
      // Somebody took a port between picking and listening.
      const isTaken = error instanceof Error && /EADDRINUSE|[Aa]ddress already in use/.test(error.message);
      if (!isTaken || attempt === START_ATTEMPTS) throw error;
    }
  }
}

export function brokerArgv(spec: BrokerSpec, context: BrokerContext, ports: { front: number; api: number }): string[] {
  const bootstrap = pinned(context.pin, 'clients', bootstrapArgv(context));
  const values = { ...context.values, 'front-port': String(ports.front), 'api-port': String(ports.api), bootstrap };
  return pinned(context.pin, 'broker', expandArgv(spec.argv, values));
}

export function pinned(pin: PinPlan | undefined, side: 'broker' | 'clients', argv: readonly string[]): string[] {
  return pin === undefined ? [...argv] : [pin.taskset, '-c', String(pin[side]), ...argv];
}

async function startOnce(spec: BrokerSpec, context: BrokerContext): Promise<RunningBroker> {
  const [front = 0, api = 0] = await pickPorts(2);
  const processes: Started[] = [];
  const stop = async (): Promise<void> => {
    for (const started of processes.toReversed()) await started.stop();
  };
  try {
    const broker = startProcess(brokerArgv(spec, context, { front, api }), {});
    processes.push(broker);
    await waitUntilListening(broker, front, READY_LIMIT_MS);
    if (spec.bootstrap === 'started-by-bench') {
      await waitUntilListening(broker, api, READY_LIMIT_MS);
      processes.push(startProcess(pinned(context.pin, 'clients', bootstrapArgv(context)), { AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${api}` }));
    }
    await invokeOnce(spec, context, front, broker);
    return { frontPort: front, ...(await sortPids(processes, context)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function invokeOnce(spec: BrokerSpec, context: BrokerContext, port: number, broker: Started): Promise<void> {
  try {
    await runLoad(context.tools.loadGenerator, { port, bytes: 2, seconds: 20, warmupSeconds: 0, connections: 1, count: 1 });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw benchError('bench/not-ready', `${spec.name} does not answer its first invocation: ${reason}; ${broker.diagnostics()}`, { cause });
  }
}

/** A bootstrap is known by its program's path in its arguments, whoever started it and through whatever. */
async function sortPids(processes: readonly Started[], context: BrokerContext): Promise<Pick<RunningBroker, 'brokerPids' | 'bootstrapPids'>> {
  const program = context.tools.bootstrap.at(-1);
  const pids = (await Promise.all(processes.map(async ({ pid }) => [pid, ...(await descendantsOf(pid))]))).flat();
  const marked = await Promise.all(
    pids.map(async (pid) => {
      const command = await commandLineOf(pid);
      // The broker's own arguments may name the bootstrap too, but never as the program or the script that runs.
      return { pid, isBootstrap: command.slice(0, 2).includes(program ?? '') };
    }),
  );
  return {
    brokerPids: marked.filter(({ isBootstrap }) => !isBootstrap).map(({ pid }) => pid),
    bootstrapPids: marked.filter(({ isBootstrap }) => isBootstrap).map(({ pid }) => pid),
  };
}

function bootstrapArgv(context: BrokerContext): string[] {
  return [...context.tools.bootstrap, ...(context.pipeline ? ['--pipeline'] : [])];
}
