/** What the kernel says about processes: who belongs to whom, and what their memory costs. Linux only. */
import { readdir, readFile } from 'node:fs/promises';
import type { ProcessRecord } from './environment-processes.ts';

/** Resident, proportional (shared pages divided among their users) and unique (private pages) set size. */
export type MemoryFigures = { rssKiB: number; pssKiB: number; ussKiB: number };

export const NO_MEMORY: MemoryFigures = { rssKiB: 0, pssKiB: 0, ussKiB: 0 };

/** Every living process below `pid`, not `pid` itself. */
export async function descendantsOf(pid: number): Promise<number[]> {
  const parents = await listParents();
  const found: number[] = [];
  for (let level = [pid]; level.length > 0; ) {
    level = [...parents].filter(([, parent]) => level.includes(parent)).map(([child]) => child);
    found.push(...level);
  }
  return found;
}

/** Every process of the machine with its parent and its arguments. */
export async function listProcesses(): Promise<ProcessRecord[]> {
  const parents = await listParents();
  return Promise.all([...parents].map(async ([pid, parent]) => ({ pid, parent, command: await commandLineOf(pid) })));
}

async function listParents(): Promise<Map<number, number>> {
  const parents = new Map<number, number>();
  for (const entry of await readdir('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    const parent = parentFromStat(await readQuietly(`/proc/${entry}/stat`));
    if (parent !== undefined) parents.set(Number(entry), parent);
  }
  return parents;
}

/** The arguments of a process; empty when it is gone or a zombie. */
export async function commandLineOf(pid: number): Promise<string[]> {
  return (await readQuietly(`/proc/${pid}/cmdline`)).split('\0').slice(0, -1);
}

/** When the process started, in the kernel's ticks: with it a process id is not mistaken for its successor's. */
export async function startTicksOf(pid: number): Promise<string | undefined> {
  return fieldsOfStat(await readQuietly(`/proc/${pid}/stat`))[19];
}

export async function memoryOf(pids: readonly number[]): Promise<MemoryFigures> {
  const each = await Promise.all(pids.map(async (pid) => memoryFromSmaps(await readQuietly(`/proc/${pid}/smaps_rollup`))));
  return each.reduce(addMemory, NO_MEMORY);
}

/** Reads the text of `smaps_rollup`; a process that is gone has an empty one and costs nothing. */
export function memoryFromSmaps(text: string): MemoryFigures {
  const kiB = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1] ?? 0);
  return { rssKiB: kiB('Rss'), pssKiB: kiB('Pss'), ussKiB: kiB('Private_Clean') + kiB('Private_Dirty') };
}

export function addMemory(a: MemoryFigures, b: MemoryFigures): MemoryFigures {
  return { rssKiB: a.rssKiB + b.rssKiB, pssKiB: a.pssKiB + b.pssKiB, ussKiB: a.ussKiB + b.ussKiB };
}

/** The parent in a line of `/proc/<pid>/stat`. The name in brackets may itself hold brackets and spaces. */
export function parentFromStat(text: string): number | undefined {
  const parent = fieldsOfStat(text)[1];
  return parent === undefined ? undefined : Number(parent);
}

/** The fields behind the name: state is the first. */
function fieldsOfStat(text: string): string[] {
  const end = text.lastIndexOf(') ');
  return end < 0 ? [] : text.slice(end + 2).trim().split(' ');
}

async function readQuietly(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch {
    // Processes come and go while they are listed.
    return '';
  }
}
