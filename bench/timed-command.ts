/** Times one command from its start until a rule holds, in C where possible: see native/time-command.c. */
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { benchError } from './errors.ts';
import { accepts, runProcess, spawnTracked } from './processes.ts';
import type { Tools } from './tools.ts';

export type ReadyRule = { kind: 'exit' } | { kind: 'line'; text: string } | { kind: 'listen'; port: number };

const LIMIT_MS = 30_000;
const STOP_LIMIT_MS = 5_000;
const REPORT = z.object({ elapsedNs: z.int().nonnegative(), held: z.boolean() });

/** Milliseconds until the rule holds; throws `bench/not-ready` when it does not. The command is ended afterwards. */
export async function timeCommand(tools: Tools, command: { argv: readonly string[]; ready: ReadyRule; pin?: readonly string[] }): Promise<number> {
  const argv = [...(command.pin ?? []), ...command.argv];
  return tools.timeCommand === undefined ? timeHere(argv, command.ready) : timeNatively(tools.timeCommand, argv, command.ready);
}

async function timeNatively(program: readonly string[], argv: readonly string[], ready: ReadyRule): Promise<number> {
  const rule = ready.kind === 'exit' ? ['exit'] : ready.kind === 'line' ? ['line', ready.text] : ['listen', String(ready.port)];
  const { stdout, stderr } = await runProcess([...program, ...rule, '--', ...argv], { timeLimitMs: LIMIT_MS + STOP_LIMIT_MS });
  const report = parseReport(stdout);
  if (!report.held) throw benchError('bench/not-ready', `${argv.join(' ')}: not ready by rule ${rule.join(' ')}; ${stderr.slice(-500).trim()}`);
  return report.elapsedNs / 1e6;
}

function parseReport(stdout: string): z.infer<typeof REPORT> {
  try {
    return REPORT.parse(JSON.parse(stdout));
  } catch (cause) {
    throw benchError('bench/bad-report', `time-command printed no report: ${stdout.slice(0, 200)}`, { cause });
  }
}

/** The same from Node: its own spawning is part of the figure, a millisecond or two. */
async function timeHere(argv: readonly string[], ready: ReadyRule): Promise<number> {
  const fromMs = performance.now();
  const child = spawnTracked(argv, ['ignore', ready.kind === 'line' ? 'pipe' : 'ignore', 'ignore']);
  let status: number | null | undefined;
  const exited = new Promise<boolean>((resolve) => {
    child.once('error', () => resolve(false));
    child.once('exit', (code) => {
      status = code;
      resolve(code === 0);
    });
  });
  const held = await Promise.race([
    ready.kind === 'exit' ? exited : ready.kind === 'line' ? untilLine(child.stdout, ready.text) : untilListening(ready.port, () => status !== undefined),
    sleep(LIMIT_MS, false, { ref: false }),
  ]);
  const elapsedMs = performance.now() - fromMs;
  if (child.pid !== undefined && status === undefined) {
    process.kill(-child.pid, 'SIGTERM');
    await Promise.race([exited, sleep(STOP_LIMIT_MS, undefined, { ref: false })]);
    if (status === undefined) process.kill(-child.pid, 'SIGKILL');
    await exited;
  }
  if (!held) throw benchError('bench/not-ready', `${argv.join(' ')}: not ready by rule ${ready.kind}`);
  return elapsedMs;
}

async function untilListening(port: number, hasEnded: () => boolean): Promise<boolean> {
  while (!(await accepts(port))) {
    if (hasEnded()) return false;
    await sleep(1);
  }
  return true;
}

async function untilLine(stream: NodeJS.ReadableStream | null, text: string): Promise<boolean> {
  let seen = '';
  for await (const chunk of stream ?? []) {
    seen = (seen + String(chunk)).slice(-65_536);
    if (seen.includes(text)) return true;
  }
  return false;
}
