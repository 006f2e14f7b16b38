/** The machine's shape, printed with every result: figures without it mean nothing. */
import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, release, totalmem, type } from 'node:os';

export type Machine = {
  cores: number;
  processor: string;
  memoryMiB: number;
  kernel: string;
  node: string;
  /** Load average of the last minute when the run began: above zero, somebody else was busy too. */
  loadAverage: number;
};

export function describeMachine(): Machine {
  return {
    cores: availableParallelism(),
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    memoryMiB: Math.round(totalmem() / 1024 / 1024),
    kernel: `${type()} ${release()}`,
    node: process.version,
    loadAverage: loadAverage(),
  };
}

export function printMachine(machine: Machine, dateIso: string): string {
  return `${dateIso.slice(0, 10)} · ${machine.cores} cores (${machine.processor}) · ${machine.memoryMiB} MiB · ${machine.kernel} · Node ${machine.node} · load ${machine.loadAverage.toFixed(2)} at the start`;
}

/** Processors that this process may use, from the kernel's list such as `0-1,4`; empty where the kernel does not say. */
export function allowedProcessors(status: string = readStatus()): number[] {
  const list = /^Cpus_allowed_list:\s*(\S+)$/m.exec(status)?.[1] ?? '';
  return list.split(',').flatMap((range) => {
    const [, first, last] = /^(\d+)(?:-(\d+))?$/.exec(range) ?? [];
    if (first === undefined) return [];
    const from = Number(first);
    return Array.from({ length: Number(last ?? first) - from + 1 }, (_, offset) => from + offset);
  });
}

function readStatus(): string {
  try {
    return readFileSync('/proc/self/status', 'utf8');
  } catch {
    return '';
  }
}

function loadAverage(): number {
  try {
    return Number(readFileSync('/proc/loadavg', 'utf8').split(' ')[0]);
  } catch {
    return 0;
  }
}
