// The program that a target starts as its runtime or as an extension. It decides nothing: it connects to the kit, says
// who it is, and does what it is told. Connections that it is told to open are relayed byte by byte, so that the kit
// speaks HTTP while the target sees the process that it started. Plain JavaScript: it must start fast on any Node >= 18.
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync, writeSync } from 'node:fs';
import { connect, createServer } from 'node:net';

// Frame: length of what follows it, type, channel, milliseconds since the epoch, payload.
const HEADER_BYTES = 17;
const TO_PROBE = { OPEN: 1, DATA: 2, END: 3, DESTROY: 4, COMMAND: 5 };
const TO_KIT = { OPENED: 1, DATA: 2, END: 3, CLOSED: 4, RESULT: 5, HELLO: 6, EVENT: 7, ACCEPTED: 8 };
/** Channels of accepted connections are the probe's to number; they start where the kit never gets. */
const ACCEPTED_FROM = 0x4000_0000;

const [, host, port, token] = /^(.+):(\d+)\/(.+)$/.exec(process.env.CONFORMANCE_KIT ?? '') ?? [];
if (token === undefined) {
  process.stderr.write('probe: CONFORMANCE_KIT is not set; this program is started by the conformance kit\n');
  process.exit(64);
}

const channels = new Map();
const kept = [];
let acceptedChannels = ACCEPTED_FROM;
let received = Buffer.alloc(0);

const place = process.argv.find((word) => word.startsWith('--probe='))?.slice('--probe='.length) ?? 'runtime';
const kit = connect({ host, port: Number(port), noDelay: true });
kit.on('connect', () => {
  const argv = process.argv.slice(2).filter((word) => !word.startsWith('--probe='));
  send(TO_KIT.HELLO, 0, { token, place, pid: process.pid, parentPid: process.ppid, workingDirectory: process.cwd(), argv, environment: process.env });
});
// Without the kit there is nothing to live for.
kit.on('error', () => process.exit(0));
kit.on('close', () => process.exit(0));
kit.on('data', (bytes) => {
  received = received.length === 0 ? bytes : Buffer.concat([received, bytes]);
  while (received.length >= 4 && received.length >= 4 + received.readUInt32BE(0)) {
    const end = 4 + received.readUInt32BE(0);
    take(received[4], received.readUInt32BE(5), received.subarray(HEADER_BYTES, end));
    received = received.subarray(end);
  }
});

function send(type, channel, payload) {
  const bytes = Buffer.isBuffer(payload) ? payload : Buffer.from(JSON.stringify(payload ?? {}));
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt32BE(HEADER_BYTES - 4 + bytes.length, 0);
  header[4] = type;
  header.writeUInt32BE(channel, 5);
  header.writeDoubleBE(performance.timeOrigin + performance.now(), 9);
  kit.write(Buffer.concat([header, bytes]));
}

function take(type, channel, payload) {
  switch (type) {
    case TO_PROBE.OPEN: {
      const socket = connect({ ...JSON.parse(payload), noDelay: true, allowHalfOpen: true });
      relay(channel, socket);
      socket.on('connect', () => send(TO_KIT.OPENED, channel));
      break;
    }
    case TO_PROBE.DATA:
      channels.get(channel)?.write(Buffer.from(payload));
      break;
    case TO_PROBE.END:
      channels.get(channel)?.end();
      break;
    case TO_PROBE.DESTROY:
      channels.get(channel)?.destroy();
      break;
    case TO_PROBE.COMMAND:
      void perform(channel, JSON.parse(payload));
      break;
  }
}

function relay(channel, socket) {
  channels.set(channel, socket);
  let reason;
  socket.on('data', (bytes) => send(TO_KIT.DATA, channel, bytes));
  socket.on('end', () => send(TO_KIT.END, channel));
  socket.on('error', (error) => (reason = error.message));
  socket.on('close', () => {
    channels.delete(channel);
    send(TO_KIT.CLOSED, channel, { reason });
  });
}

async function perform(id, { name, ...options }) {
  try {
    send(TO_KIT.RESULT, id, { value: await COMMANDS[name](options) });
  } catch (error) {
    send(TO_KIT.RESULT, id, { error: error instanceof Error ? error.message : String(error) });
  }
}

const COMMANDS = {
  exit: ({ code }) => process.exit(code),
  signalSelf: ({ signal }) => process.kill(process.pid, signal),
  /** Synchronously, so that what follows on the wire comes after it. */
  print({ text, stream, times = 1 }) {
    const bytes = Buffer.from(text.repeat(times), 'utf8');
    const descriptor = stream === 'stderr' ? 2 : 1;
    for (let offset = 0; offset < bytes.length; ) {
      try {
        offset += writeSync(descriptor, bytes, offset);
      } catch (error) {
        if (error.code !== 'EAGAIN') throw error;
      }
    }
  },
  writeFile: ({ path, text }) => writeFileSync(path, text),
  readFile: ({ path }) => readFileSync(path, 'utf8'),
  /** From now on the signal is reported and does nothing, or makes the process exit. */
  trap({ signal, then }) {
    process.on(signal, () => {
      send(TO_KIT.EVENT, 0, { name: 'signal', signal });
      if (then === 'exit') setImmediate(() => process.exit(0));
    });
  },
  /** A child in the same process group that outlives its parent unless somebody ends it. */
  spawnSleeper() {
    const child = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 600000)'], { stdio: 'ignore' });
    return child.pid;
  },
  /** Memory that is really used. */
  allocate({ mebibytes }) {
    for (let index = 0; index < mebibytes; index += 1) kept.push(Buffer.alloc(1 << 20, 1));
  },
  listen({ port: wanted = 0 }) {
    const server = createServer({ allowHalfOpen: true }, (socket) => {
      acceptedChannels += 1;
      const { port: bound } = server.address();
      send(TO_KIT.ACCEPTED, acceptedChannels, { port: bound });
      relay(acceptedChannels, socket);
    });
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host: '0.0.0.0', port: wanted }, () => resolve(server.address().port));
    });
  },
};
