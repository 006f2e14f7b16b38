import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { startError } from '../../../../../platform/isolation/launch/launch-chain.ts';

const test = suite('platform/isolation/launch/launch-chain');

for (const [said, code] of [
  ['bwrap: No permissions to create new namespace, likely because the kernel does not allow non-privileged user namespaces.', 'isolation/no-userns'],
  ['bwrap: Creating new namespace failed: Operation not permitted', 'isolation/no-userns'],
  ['bwrap: setting up uid map: Permission denied', 'isolation/no-userns'],
  ['bwrap: prctl(PR_SET_SECCOMP): Invalid argument', 'isolation/seccomp-rejected'],
  ['bwrap: Invalid seccomp data, must be multiple of 8', 'isolation/seccomp-rejected'],
  ['bwrap: execvp x: No such file or directory', 'isolation/start-failed'],
  ['', 'isolation/start-failed'],
] as const) {
  test(`"${said.slice(0, 50)}" is ${code}`, () => {
    const error = startError(said);
    assert.is('code' in error ? error.code : undefined, code);
    assert.ok(error.message.length > 20);
  });
}

test.run();
