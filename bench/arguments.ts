/** What the bench is asked to do, parsed once at the door. */
import { parseArgs } from 'node:util';
import { benchError } from './errors.ts';

export const BENCH_NAMES = ['front-door', 'start-up', 'cold-start', 'memory'] as const;
export type BenchName = (typeof BENCH_NAMES)[number];

export const PAYLOAD_NAMES = ['2B', '1KiB', '100KiB', '5.9MB'] as const;
export type PayloadName = (typeof PAYLOAD_NAMES)[number];

export type BenchOptions = {
  names: BenchName[];
  json: boolean;
  help: boolean;
  rounds: number;
  seconds: number;
  connections: number;
  pin: boolean;
  pipeline: boolean;
  /** Only these contenders; empty means all that can run here. */
  only: string[];
  /** Only these sizes of events in `front-door`; empty means all. */
  payloads: PayloadName[];
  /** Contenders given on the command line: a name and the start command with placeholders. */
  added: { name: string; argv: string[] }[];
};

export const USAGE = `usage: npm run bench -- [NAME...] [options]

Benches (default: all): ${BENCH_NAMES.join(', ')}

  --json                 print one JSON document instead of tables
  --rounds N             rounds per configuration, 1 to 50 (default 5)
  --seconds S            measured time per round of load, 0.05 to 60 (default 1)
  --connections N        connections of the load generator, 1 to 64 (default 1; RIE stands one)
  --only NAME            only this contender; may be given several times
  --payload NAME         front-door: only events of this size (${PAYLOAD_NAMES.join(', ')}); may be given several times
  --broker NAME=ARGV     add a contender; ARGV is a JSON list with the placeholders of bench/subjects.ts
  --pipeline             the bootstrap sends its response and the following next together
  --no-pin               do not bind the broker to one processor and load and bootstrap to another
  --help
`;

export function parseArguments(argv: readonly string[]): BenchOptions {
  const { values, positionals } = read(argv);
  return {
    names: positionals.length === 0 ? [...BENCH_NAMES] : positionals.map((text) => toName('bench', BENCH_NAMES, text)),
    json: values.json ?? false,
    help: values.help ?? false,
    rounds: toNumber('--rounds', values.rounds ?? '5', { min: 1, max: 50, whole: true }),
    seconds: toNumber('--seconds', values.seconds ?? '1', { min: 0.05, max: 60, whole: false }),
    connections: toNumber('--connections', values.connections ?? '1', { min: 1, max: 64, whole: true }),
    pin: !(values['no-pin'] ?? false),
    pipeline: values.pipeline ?? false,
    only: values.only ?? [],
    payloads: (values.payload ?? []).map((text) => toName('payload', PAYLOAD_NAMES, text)),
    added: (values.broker ?? []).map(toAddedBroker),
  };
}

function read(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        json: { type: 'boolean' },
        help: { type: 'boolean' },
        rounds: { type: 'string' },
        seconds: { type: 'string' },
        connections: { type: 'string' },
        'no-pin': { type: 'boolean' },
        pipeline: { type: 'boolean' },
        only: { type: 'string', multiple: true },
        payload: { type: 'string', multiple: true },
        broker: { type: 'string', multiple: true },
      },
    });
  } catch (cause) {
    throw benchError('bench/bad-argument', cause instanceof Error ? cause.message : String(cause), { hint: 'npm run bench -- --help', cause });
  }
}

function toName<Name extends string>(what: string, known: readonly Name[], text: string): Name {
  const name = known.find((candidate) => candidate === text);
  if (name === undefined) throw benchError('bench/bad-argument', `no ${what} is called ${JSON.stringify(text)}; there are ${known.join(', ')}`);
  return name;
}

function toNumber(option: string, text: string, range: { min: number; max: number; whole: boolean }): number {
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= range.min && value <= range.max) || (range.whole && !Number.isInteger(value))) {
    throw benchError('bench/bad-argument', `${option} must be a ${range.whole ? 'whole ' : ''}number from ${range.min} to ${range.max}, not ${JSON.stringify(text)}`);
  }
  return value;
}

function toAddedBroker(text: string): { name: string; argv: string[] } {
  const [, name, json] = /^([a-z][a-z0-9-]*)=(.+)$/s.exec(text) ?? [];
  let argv: unknown;
  try {
    argv = JSON.parse(json ?? '');
  } catch {
    argv = undefined;
  }
  if (name === undefined || !Array.isArray(argv) || argv.length === 0 || !argv.every((part) => typeof part === 'string')) {
    throw benchError('bench/bad-argument', '--broker must be NAME=["program","argument",...], a name of small letters, digits and dashes and a JSON list of strings');
  }
  return { name, argv };
}
