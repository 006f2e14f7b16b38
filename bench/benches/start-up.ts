/** How long a broker takes from the start of its process until its front door accepts a connection. */
import { brokerArgv } from '../broker.ts';
import { pickPorts } from '../processes.ts';
import type { MeasuredCase } from '../report.ts';
import type { RunContext } from '../run-context.ts';
import { runRounds, type Contender } from '../rounds.ts';
import { timeCommand } from '../timed-command.ts';

export async function measureStartUp(context: RunContext): Promise<MeasuredCase[]> {
  // Starting is not pinned: whoever starts may use the whole machine, and runtimes do.
  const unpinned = { ...context, pin: undefined };
  const brokers = context.brokers.map((spec): Contender => ({
    name: spec.name,
    role: spec.role,
    async measure() {
      const [front = 0, api = 0] = await pickPorts(2);
      return { listenMs: await timeCommand(context.tools, { argv: brokerArgv(spec, unpinned, { front, api }), ready: { kind: 'listen', port: front } }) };
    },
  }));
  // What any program on this Node pays before its first line; it is read as a floor for those that are.
  const bareNode: Contender = {
    name: 'bare-node',
    role: 'floor',
    measure: async () => ({ listenMs: await timeCommand(context.tools, { argv: [process.execPath, '-e', '0'], ready: { kind: 'exit' } }) }),
  };
  const { rows, notes } = await runRounds({
    rounds: context.rounds,
    contenders: [...brokers, bareNode],
    onProgress: (line) => context.onProgress(`start-up, ${line}`),
  });
  return [
    {
      bench: 'start-up',
      name: 'listen',
      title: 'start-up, from the start of the process to a front door that accepts (bare-node: to its exit)',
      metrics: [{ key: 'listenMs', label: 'listen ms', decimals: 1 }],
      comparisons: [{ metric: 'listenMs', kind: 'ratio' }],
      rows,
      notes,
    },
  ];
}
