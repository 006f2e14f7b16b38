/**
 * The program that is the first process of a sandbox, bundled into one file. Its arguments come from the worker alone; people who
 * want the same server without a sandbox use `rik dev`.
 */
import { parseArgs } from 'node:util';
import { runInSandbox } from './channel-entry.ts';

const { values } = parseArgs({
  options: {
    channel: { type: 'string' },
    host: { type: 'string', default: '127.0.0.1' },
    port: { type: 'string', default: '9001' },
    control: { type: 'string', default: '/run/ctl' },
    busybox: { type: 'string' },
  },
});

void runInSandbox({
  channelDescriptor: Number(values.channel ?? '3'),
  listen: { host: values.host, port: Number(values.port) },
  controlDir: values.control,
  busyboxPath: values.busybox,
});
