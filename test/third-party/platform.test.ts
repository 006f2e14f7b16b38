// time-limit-seconds: 300
/** Functions of the vendor's Go library and Rust crate as the bootstrap of a custom runtime, in the platform's sandboxes and without any. */
import { copyFileSync, chmodSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { BackendChoice } from '../../platform/index.ts';
import { openFunctionHost } from '../support/function-host.ts';
import type { FunctionHost } from '../support/function-host.ts';
import { GO, openClient, RUST } from './client.ts';

const test = suite('third-party/platform');
const RUNTIME = 'provided.al2023';
const BACKENDS: readonly { name: string; backend?: BackendChoice }[] = [{ name: 'in a sandbox' }, { name: 'as a plain process', backend: { kind: 'process' } }];

async function withHost(backend: BackendChoice | undefined, use: (host: FunctionHost) => Promise<void>): Promise<void> {
  // One environment: an invoker may be answered before it is free again, and the next event would get a second one.
  const opened = await openFunctionHost({ images: [RUNTIME], environmentsMax: 1, ...(backend === undefined ? {} : { backend }) });
  if (opened.host === undefined) return console.log(`skip: ${opened.reason}`);
  try {
    await use(opened.host);
    assert.equal(opened.host.problems, []);
  } finally {
    await opened.host.close();
  }
}

for (const client of [GO, RUST]) {
  for (const { name, backend } of BACKENDS) {
    test(`${client.name} ${name}: it answers, fails, exits, times out and is served by a new process each time that it ended`, async () => {
      const opened = await openClient(client);
      if (opened.folder === undefined) return console.log(`skip: ${opened.reason}`);
      const program = join(opened.folder, 'function');
      await withHost(backend, async (host) => {
        const prepare = (folder: string): void => {
          copyFileSync(program, join(folder, 'bootstrap'));
          chmodSync(join(folder, 'bootstrap'), 0o755);
        };
        host.define('f', { runtime: RUNTIME, handler: 'unused', timeoutMs: 5_000, variables: { FUNCTION_SIGTERM: 'yes' }, prepare });
        assert.is((await host.call('f', { do: 'return', value: 'ä' })).json(), 'ä');
        assert.is((await host.call('f', { do: 'context' })).member('calls'), 2);
        const failed = await host.call('f', { do: 'fail', message: 'out of reach' });
        assert.equal([failed.functionError, failed.member('errorType'), failed.report.status], ['Unhandled', client.errorType, 'error']);
        assert.is((await host.call('f', { do: 'context' })).member('calls'), 4);
        assert.is((await host.call('f', { do: 'exit', code: 3 })).member('errorType'), 'Runtime.ExitError');
        assert.is((await host.call('f', { do: 'context' })).member('calls'), 1);
        assert.is((await host.call('f', { do: 'hang' })).member('errorType'), 'Sandbox.Timedout');
        assert.match(host.log(), /^SIGTERM after \{"calls":2\}$/m);
        assert.is((await host.call('f', { do: 'context' })).member('calls'), 1);
      });
    });
  }
}

test.run();
