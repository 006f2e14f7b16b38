/**
 * The long run: `npm run fuzz -- --requests 1000000 [--seed N] [--part NAME]…`. All parts in turn, in small batches, until so many
 * requests have been sent to a server. Exit codes: 0 nothing found, 1 a crash, a hang, a divergence or a leak, 2 wrong usage.
 */
import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { readingPart } from './http/part.ts';
import * as parsers from './parsers/parts.ts';
import { subscriptionPart } from './parsers/subscription-part.ts';
import { describeFinding, fuzz, Tally } from './part.ts';
import type { Finding, FuzzPart } from './part.ts';
import { routesPart } from './routes/part.ts';

type Options = { requests: number; seed: number; parts: readonly string[] };
/** `run` plays one batch; `isServer` counts requests, else inputs. */
type Entry = { name: string; isServer: boolean; run(seed: number, tally: Tally): Promise<{ count: number; finding: Finding | undefined }>; close(): Promise<void> };

const REQUESTS_DEFAULT = 100_000;
const PROGRESS_EVERY_MS = 5_000;
/** Between a tenth of the run and its end; what sockets and compiled code need has been taken by then. */
const HEAP_GROWTH_BYTES_MAX = 33_554_432;
const SEED_MAX = 0x7fffffff;
/** From batch to batch, so that runs with neighbouring seeds have nothing in common. */
const SEED_STRIDE = 1_000_003;

async function entries(names: readonly string[]): Promise<Entry[]> {
  const all = [
    entry(routesPart(), { isServer: true, runs: 100 }),
    entry(await readingPart(), { isServer: true, runs: 200 }),
    inputs(parsers.jsonPart),
    inputs(parsers.headersPart),
    inputs(parsers.chunkedPart),
    inputs(parsers.framesPart),
    inputs(parsers.registrationPart),
    inputs(subscriptionPart),
    inputs(parsers.eventStreamPart),
    inputs(parsers.errorReportPart),
  ];
  const unknown = names.filter((name) => !all.some((each) => each.name === name));
  const known = all.map(({ name }) => name).join(', ');
  if (unknown.length > 0) throw new RangeError(`--part: there is no ${unknown.join(', ')}; there are ${known}`);
  return all.filter(({ name }) => names.length === 0 || names.includes(name));
}

function inputs<Input>(part: FuzzPart<Input>): Entry {
  return entry(part, { isServer: false, runs: 200 });
}

function entry<Input>(part: FuzzPart<Input>, { isServer, runs }: { isServer: boolean; runs: number }): Entry {
  return { name: part.name, isServer, run: (seed, tally) => fuzz(part, { seed, runs, tally }), close: async () => part.close?.() };
}

function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({ args: [...args], options: { requests: { type: 'string' }, seed: { type: 'string' }, part: { type: 'string', multiple: true } } });
  const seed = values.seed === undefined ? Math.floor(Math.random() * SEED_MAX) : wholeNumber('--seed', values.seed);
  return { requests: values.requests === undefined ? REQUESTS_DEFAULT : wholeNumber('--requests', values.requests), seed, parts: values.part ?? [] };
}

function wholeNumber(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`${name} wants a whole number and got "${text}"`);
  return value;
}

class Run {
  readonly #options: Options;
  readonly #startedMs = performance.now();
  readonly #tally = new Tally();
  #requests = 0;
  #inputs = 0;
  #batches = 0;
  #toldMs = 0;
  #heapAtTenthBytes: number | undefined;
  isStopped = false;

  constructor(options: Options) {
    this.#options = options;
  }

  /** Resolves to what is wrong, in words. */
  async until(all: readonly Entry[]): Promise<string | undefined> {
    const isServed = all.some(({ isServer }) => isServer);
    while (!this.isStopped && (isServed ? this.#requests : this.#inputs) < this.#options.requests) {
      for (const each of all) {
        const { count, finding } = await each.run((this.#options.seed + this.#batches * SEED_STRIDE) % SEED_MAX, this.#tally);
        this.#batches += 1;
        if (each.isServer) this.#requests += count;
        else this.#inputs += count;
        if (finding !== undefined) return describeFinding(finding);
        this.#tell();
      }
      if (this.#requests >= this.#options.requests / 10) this.#heapAtTenthBytes ??= liveHeapBytes();
    }
    const growthBytes = liveHeapBytes() - (this.#heapAtTenthBytes ?? Infinity);
    return growthBytes > HEAP_GROWTH_BYTES_MAX ? `the heap grew by ${growthBytes} bytes` : undefined;
  }

  summary(problem: string | undefined): string {
    const seen = [...this.#tally.counts].sort(([left], [right]) => left.localeCompare(right)).map(([what, count]) => `  ${String(count).padStart(9)}  ${what}`);
    const verdict = problem ?? (this.isStopped ? 'stopped; nothing found so far' : 'nothing found');
    return ['what was seen:', ...seen, `${this.#figures()}`, verdict].join('\n');
  }

  #tell(): void {
    const nowMs = performance.now();
    if (nowMs - this.#toldMs < PROGRESS_EVERY_MS) return;
    this.#toldMs = nowMs;
    console.error(this.#figures());
  }

  #figures(): string {
    const seconds = (performance.now() - this.#startedMs) / 1_000;
    const resident = Math.round(process.memoryUsage.rss() / 1_048_576);
    return `${this.#requests} of ${this.#options.requests} requests, ${this.#inputs} inputs of parsers, ${Math.round(this.#requests / seconds)} requests/s, ${Math.round(seconds)} s, ${resident} MiB resident, seed ${this.#options.seed}`;
  }
}

function liveHeapBytes(): number {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  if (typeof collect === 'function') collect();
  return process.memoryUsage().heapUsed;
}

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2));
  const all = await entries(options.parts);
  const run = new Run(options);
  process.on('SIGINT', () => (run.isStopped = true));
  const lost = new Promise<string>((resolve) => {
    for (const event of ['uncaughtException', 'unhandledRejection']) process.on(event, (error: unknown) => resolve(`${event}: ${error instanceof Error ? error.stack : String(error)}`));
  });
  const problem = await Promise.race([run.until(all), lost]);
  console.log(run.summary(problem));
  if (problem === undefined) for (const each of all) await each.close();
  // What a hanging input holds open must not hold up the end.
  process.exit(problem === undefined ? 0 : 1);
}

try {
  await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exit(2);
}
