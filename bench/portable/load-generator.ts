/**
 * The load generator for machines without a C compiler: the arguments and the report of native/load-generator.c, over raw
 * sockets of Node. It is the bottleneck from about 10,000 exchanges per second; the bench says so beside the figures.
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { readMessages, type Message } from './message-reader.ts';
import { connectPatiently } from './patient-connection.ts';

const ANSWER_LIMIT_MS = 30_000;
/** Linux reports processor time in ticks of 10 ms to programs, whatever the kernel counts in. */
const TICK_US = 10_000;

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '' },
    path: { type: 'string', default: '' },
    bytes: { type: 'string', default: '' },
    seconds: { type: 'string', default: '' },
    'warmup-seconds': { type: 'string', default: '0' },
    count: { type: 'string', default: '0' },
    connections: { type: 'string', default: '1' },
    watch: { type: 'string', multiple: true, default: [] },
  },
});
const bytes = Number(values.bytes);
const countMax = Number(values.count);
const measureFromMs = performance.now() + Number(values['warmup-seconds']) * 1_000;
const measureUntilMs = measureFromMs + Number(values.seconds) * 1_000;

let count = 0;
let warmupCount = 0;
let lastMs = measureFromMs;
let failure = '';
const histogram = new Map<number, number>();

const watched = values.watch.map((pid) => ({ pid: Number(pid), cpuUs: -1 }));
let generatorCpuUs = 0;
let machineBusyUs = 0;
const warmupTimer = setTimeout(() => {
  for (const entry of watched) entry.cpuUs = cpuUsOf(entry.pid);
  generatorCpuUs = cpuUsOf(process.pid);
  machineBusyUs = busyUs();
}, measureFromMs - performance.now());
await Promise.all(Array.from({ length: Number(values.connections) }, (_, index) => runConnection(index)));
clearTimeout(warmupTimer);
generatorCpuUs = cpuUsOf(process.pid) - generatorCpuUs;
machineBusyUs = busyUs() - machineBusyUs;
for (const entry of watched) {
  const after = cpuUsOf(entry.pid);
  entry.cpuUs = entry.cpuUs < 0 || after < 0 ? -1 : after - entry.cpuUs;
}
process.stdout.write(
  `${JSON.stringify({ count, warmupCount, elapsedNs: Math.round((lastMs - measureFromMs) * 1e6), failure, generatorCpuUs, machineBusyUs, watched, histogram: [...histogram].toSorted((a, b) => a[0] - b[0]) })}\n`,
);
process.exitCode = failure === '' ? 0 : 1;

async function runConnection(index: number): Promise<void> {
  const socket = await connectPatiently('127.0.0.1', Number(values.port), 1);
  socket.setTimeout(ANSWER_LIMIT_MS, () => socket.destroy(new Error('no answer in time')));
  const answers = readMessages(socket);
  const head = Buffer.from(`POST ${values.path} HTTP/1.1\r\nHost: 127.0.0.1:${values.port}\r\nContent-Type: application/json\r\nContent-Length: ${bytes}\r\n\r\n`);
  const request = Buffer.concat([head, Buffer.alloc(bytes, 'x')]);
  const event = request.subarray(head.length);
  if (bytes >= 10) event[0] = event[bytes - 1] = 0x22;
  let own = 0;
  try {
    for (let number = index; ; number += Number(values.connections)) {
      writeNumber(event, number);
      const fromMs = performance.now();
      if (own > 0 && (fromMs >= measureUntilMs || (countMax > 0 && own >= countMax))) return;
      socket.write(request);
      const { value: answer, done } = await answers.next();
      if (done === true) throw new Error('the connection ended');
      check(answer, event);
      const toMs = performance.now();
      if (fromMs < measureFromMs) {
        warmupCount += 1;
        continue;
      }
      const bucketNs = Math.ceil((toMs - fromMs) * 1_000) * 1_000;
      histogram.set(bucketNs, (histogram.get(bucketNs) ?? 0) + 1);
      own += 1;
      count += 1;
      lastMs = Math.max(lastMs, toMs);
    }
  } catch (error) {
    failure = error instanceof Error ? error.message : String(error);
  } finally {
    socket.destroy();
  }
}

function check(answer: Message, event: Buffer): void {
  if (!answer.firstLine.startsWith('HTTP/1.1 200 ')) throw new Error(`answered ${answer.firstLine}`);
  if (!answer.body.equals(event)) throw new Error(`the answer of ${answer.body.length} bytes is not the echo of the event of ${event.length} bytes`);
}

/** A JSON document of exactly that many bytes that differs from its predecessor, as in the C program. */
function writeNumber(event: Buffer, number: number): void {
  const [from, to, base, zero] = event.length < 10 ? [0, event.length, 9, 0x31] : [1, 9, 10, 0x30];
  let rest = number;
  for (let at = to - 1; at >= from; at -= 1) {
    event[at] = zero + (rest % base);
    rest = Math.floor(rest / base);
  }
}

/** Busy time of the whole machine: everything in the first line of /proc/stat but idle and iowait. */
function busyUs(): number {
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = readFileSync('/proc/stat', 'utf8').split('\n', 1)[0]?.split(/ +/).slice(1).map(Number) ?? [];
  return (user + nice + system + irq + softirq + steal) * TICK_US;
}

function cpuUsOf(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(') ') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) * TICK_US;
  } catch {
    return -1;
  }
}
