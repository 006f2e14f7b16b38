/**
 * What the cold-start bench compares, as data: per runtime a hello-world on the platform, and the bare interpreter that
 * runs the same file from the same image root. To add a contender, add a row.
 *
 * Placeholders: {node} {repository} {enter-root}; {root} is the image's unpacked root, {task} the folder with the code.
 */
import type { ReadyRule } from './timed-command.ts';
import type { Role } from './subjects.ts';

/**
 * `command`: started anew for each sample and timed from its start until its rule holds.
 * `driver`: started once per case; prints `ready`, then answers each line `start` on its stdin with one line
 * `{"elapsedMs": 12.3}` for one whole cold start, or `{"error": "why"}`; ends when its stdin does. For what is prepared
 * ahead (pools, platforms), where starting the process is not part of the figure.
 */
export type ColdStartContender = { name: string; role: Role; argv: readonly string[] } & ({ kind: 'command'; ready: ReadyRule } | { kind: 'driver' });

export type ColdStartCase = {
  name: string;
  /** Runtime identifier of the image that gives {root}. */
  runtime: string;
  /** The folder with the code, from the repository; Java's is compiled into the cache folder first. */
  task: string;
  compileJava: boolean;
  contenders: readonly ColdStartContender[];
};

function platform(runtime: string, handler: string): ColdStartContender {
  return {
    name: 'rik',
    role: 'subject',
    kind: 'driver',
    argv: ['{node}', '{repository}/bench/drivers/platform-cold-start.ts', '--runtime', runtime, '--handler', handler, '--code', '{task}'],
  };
}

function bare(name: string, command: readonly string[]): ColdStartContender {
  return { name, role: 'floor', kind: 'command', ready: { kind: 'exit' }, argv: ['{enter-root}', '{root}', '{task}', ...command] };
}

export const COLD_START_CASES: readonly ColdStartCase[] = [
  {
    name: 'nodejs',
    runtime: 'nodejs24.x',
    task: 'bench/fixtures/hello/nodejs',
    compileJava: false,
    contenders: [platform('nodejs24.x', 'index.handler'), bare('bare-node', ['/var/lang/bin/node', '/var/task/index.mjs'])],
  },
  {
    name: 'python',
    runtime: 'python3.11',
    task: 'bench/fixtures/hello/python',
    compileJava: false,
    contenders: [platform('python3.11', 'index.handler'), bare('bare-python', ['/var/lang/bin/python3', '/var/task/index.py'])],
  },
  {
    name: 'java',
    runtime: 'java17',
    task: 'bench/fixtures/hello/java',
    compileJava: true,
    contenders: [platform('java17', 'Hello::handle'), bare('bare-java', ['/var/lang/bin/java', '-cp', '/var/task', 'Hello'])],
  },
];
