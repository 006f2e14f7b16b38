import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { EnvironmentConfiguration } from '../../../../runtime-api/environment-contract.ts';
import type { Launcher, LaunchRequest } from '../../../../runtime-api/supervisor/launcher.ts';
import { startRuntime } from '../../../../runtime-api/supervisor/start-runtime.ts';
import { withTemporaryFolder } from '../../../support/temporary-folder.ts';

const test = suite('runtime-api/supervisor/start-runtime');

const configuration = (change: Partial<EnvironmentConfiguration>): EnvironmentConfiguration => ({
  bootstrap: { kind: 'command', argv: ['/bin/true'] },
  variables: { A: 'b' },
  workingDirectory: '/',
  functionTimeoutMs: 1,
  initTimeoutMs: 1,
  ...change,
});

function launcherOf(launch: (request: LaunchRequest) => Promise<never> | undefined): Launcher & { requests: LaunchRequest[] } {
  const requests: LaunchRequest[] = [];
  return {
    requests,
    async launch(request) {
      requests.push(request);
      await launch(request);
      return { processId: 1, exited: new Promise(() => {}), kill() {}, terminate() {} };
    },
    endAll: async () => {},
  };
}

const failing = (code: string) => launcherOf(() => Promise.reject(Object.assign(new Error(code), { code })));

async function failureBody(launcher: Launcher, change: Partial<EnvironmentConfiguration>): Promise<unknown> {
  const start = await startRuntime(launcher, configuration(change), '127.0.0.1:1');
  if (start.ok) return 'started';
  return JSON.parse(start.failure.body('ID').toString());
}

test('the program is started with its variables and the address of the Runtime API', async () => {
  const launcher = launcherOf(() => undefined);
  assert.is((await startRuntime(launcher, configuration({}), '127.0.0.1:9001')).ok, true);
  assert.equal(launcher.requests, [{ argv: ['/bin/true'], variables: { A: 'b', AWS_LAMBDA_RUNTIME_API: '127.0.0.1:9001' }, workingDirectory: '/' }]);
});

test('no bootstrap in any place is an invalid entry point that names the places', async () => {
  assert.equal(await failureBody(failing('x'), { bootstrap: { kind: 'lookup', paths: ['/nonexistent/a', '/nonexistent/b'] } }), {
    errorType: 'Runtime.InvalidEntrypoint',
    errorMessage: "RequestId: ID Error: Couldn't find valid bootstrap(s): [/nonexistent/a /nonexistent/b]",
  });
});

test('a bootstrap that cannot be used is an invalid entry point with the reason', async () => {
  await withTemporaryFolder(async (folder) => {
    const path = join(folder, 'bootstrap');
    writeFileSync(path, '');
    assert.equal(await failureBody(failing('x'), { bootstrap: { kind: 'lookup', paths: [path] } }), {
      errorType: 'Runtime.InvalidEntrypoint',
      errorMessage: `RequestId: ID Error: fork/exec ${path}: permission denied`,
    });
  });
});

for (const [code, reason] of [['ENOENT', 'no such file or directory'], ['EACCES', 'permission denied'], ['ENOEXEC', 'exec format error'], ['E2BIG', 'argument list too long'], ['EWHATEVER', 'could not be started']] as const) {
  test(`a start that fails with ${code} is an invalid entry point: ${reason}`, async () => {
    assert.equal(await failureBody(failing(code), {}), { errorType: 'Runtime.InvalidEntrypoint', errorMessage: `RequestId: ID Error: fork/exec /bin/true: ${reason}` });
  });
}

test('a working directory that is absent, a file, a loop or relative is invalid', async () => {
  await withTemporaryFolder(async (folder) => {
    const [file, loop, absent] = ['file', 'loop', 'absent'].map((name) => join(folder, name));
    writeFileSync(file ?? '', '');
    symlinkSync(loop ?? '', loop ?? '');
    for (const path of [file, loop, absent]) {
      assert.equal(await failureBody(failing('x'), { workingDirectory: path ?? '' }), {
        errorType: 'Runtime.InvalidWorkingDir',
        errorMessage: `RequestId: ID Error: the working directory doesn't exist: ${path}`,
      });
    }
    assert.equal(await failureBody(failing('x'), { workingDirectory: 'a/b' }), {
      errorType: 'Runtime.InvalidWorkingDir',
      errorMessage: "RequestId: ID Error: the working directory 'a/b' is invalid, it needs to be an absolute path",
    });
  });
});

test.run();
