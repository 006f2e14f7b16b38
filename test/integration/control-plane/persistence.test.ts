// time-limit-seconds: 240
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { isCodedError } from '../../../foundation/coded-error.ts';
import { fakeClock } from '../../support/fake-clock.ts';
import { call, create, FUNCTIONS, startControlPlane, temporaryFolder, untilReady, zipOf } from './support.ts';

const test = suite('integration/control-plane/persistence');

async function inFolder(body: (stateDir: string) => Promise<void>): Promise<void> {
  const stateDir = await temporaryFolder();
  try {
    await body(stateDir);
  } finally {
    await rm(stateDir, { recursive: true, force: true });
  }
}

const shownBy = async (origin: string, name: string) => (await call(origin, 'GET', `${FUNCTIONS}/${name}/configuration`)).json;

test('functions, their code and their generations are the same after closing and opening', async () => {
  await inFolder(async (stateDir) => {
    const first = await startControlPlane({ stateDir });
    await create(first.origin, 'f', { Environment: { Variables: { AA: 'b' } }, Tags: { k: 'v' } });
    const before = await untilReady(first.origin, 'f');
    const resolved = first.plane.resolve('f');
    await first.stop();
    const second = await startControlPlane({ stateDir });
    assert.equal(await shownBy(second.origin, 'f'), before);
    assert.equal(second.plane.resolve('f'), resolved);
    const { json } = await call(second.origin, 'GET', `${FUNCTIONS}/f`);
    assert.equal(json['Tags'], { k: 'v' });
    const download = await fetch(String(Object(json['Code'])['Location']));
    const hash = createHash('sha256').update(Buffer.from(await download.arrayBuffer())).digest('base64');
    assert.is(hash, before['CodeSha256']);
    await second.stop();
  });
});

test('what was Pending or being updated when the process ended is finished by the next one', async () => {
  await inFolder(async (stateDir) => {
    const clock = fakeClock();
    const first = await startControlPlane({ stateDir, clock });
    await create(first.origin, 'updating', { Timeout: 1 });
    clock.advance(1);
    await untilReady(first.origin, 'updating');
    await call(first.origin, 'PUT', `${FUNCTIONS}/updating/code`, { ZipFile: (await zipOf({ 'new.txt': '' })).toString('base64') });
    await create(first.origin, 'pending');
    await first.stop();
    // As if the unpacked form had been lost as well: the zip is enough.
    await rm(join(stateDir, 'code'), { recursive: true });

    const second = await startControlPlane({ stateDir });
    await untilReady(second.origin, 'pending');
    await untilReady(second.origin, 'updating');
    assert.ok(existsSync(join(second.plane.resolve('updating').codePath, 'new.txt')));
    assert.equal(second.faults, []);
    await second.stop();
  });
});

test('code that nothing refers to any more goes at the next start, and not before', async () => {
  await inFolder(async (stateDir) => {
    const first = await startControlPlane({ stateDir });
    await create(first.origin, 'gone');
    await untilReady(first.origin, 'gone');
    const { codePath } = first.plane.resolve('gone');
    await call(first.origin, 'DELETE', `${FUNCTIONS}/gone`);
    assert.ok(existsSync(codePath), 'an environment may still be bound to it');
    await first.stop();
    await mkdir(join(stateDir, 'code', '.half.rik-partial-123'));
    await writeFile(join(stateDir, 'control-plane', 'code', 'stray'), '');
    const second = await startControlPlane({ stateDir });
    assert.equal(await readdir(join(stateDir, 'code')), []);
    assert.equal(await readdir(join(stateDir, 'control-plane', 'code')), []);
    await second.stop();
  });
});

test('a second control plane on the same folder is refused and harms nothing', async () => {
  await inFolder(async (stateDir) => {
    const first = await startControlPlane({ stateDir });
    await create(first.origin, 'f');
    await startControlPlane({ stateDir }).then(
      () => assert.unreachable('it was opened twice'),
      (error: unknown) => assert.is(isCodedError(error) ? error.code : String(error), 'control-plane/state-in-use'),
    );
    await untilReady(first.origin, 'f');
    await first.stop();
  });
});

/** Kills the child with its work under way, after `accepted` creations. */
async function createAndKill(stateDir: string, round: number, accepted: number, delayMs: number): Promise<Map<string, string>> {
  const script = resolve('test/integration/control-plane/create-until-killed.ts');
  const child = spawn(process.execPath, [script, stateDir, String(round)], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  let problems = '';
  child.stderr.on('data', (chunk) => (problems += chunk));
  const ended = new Promise<void>((settle) => child.on('close', () => settle()));
  await new Promise<void>((settle) => {
    child.stdout.on('data', (chunk) => {
      output += chunk;
      if (output.split('\n').length - 2 >= accepted) settle();
    });
    void ended.then(settle);
  });
  await new Promise((settle) => setTimeout(settle, delayMs));
  child.kill('SIGKILL');
  await ended;
  assert.is(problems, '');
  const lines = output.split('\n').slice(1).filter((line) => line.includes(' '));
  return new Map(lines.map((line) => [line.split(' ')[0] ?? '', line.split(' ')[1] ?? '']));
}

test('killed in the middle of creations, no accepted function is lost and nothing half made is left', async () => {
  await inFolder(async (stateDir) => {
    const accepted = new Map<string, string>();
    for (let round = 0; round < 6; round += 1) {
      // A different moment each round; whichever it is, the same must hold.
      const added = await createAndKill(stateDir, round, round, round * 3);
      for (const [name, sha256] of added) accepted.set(name, sha256);
      const { origin, plane, stop, faults } = await startControlPlane({ stateDir });
      const { json } = await call(origin, 'GET', FUNCTIONS);
      const listed = Array.isArray(json['Functions']) ? json['Functions'].map((entry) => String(entry.FunctionName)) : [];
      for (const name of accepted.keys()) assert.ok(listed.includes(name), `${name} was accepted and is lost`);
      const digests = new Set<string>();
      for (const name of listed) {
        const shown = await untilReady(origin, name);
        const { codePath, codeSha256 } = plane.resolve(name);
        if (accepted.has(name)) assert.is(codeSha256, accepted.get(name));
        assert.is(shown['CodeSha256'], codeSha256);
        const digest = Buffer.from(codeSha256, 'base64').toString('hex');
        digests.add(digest);
        assert.is((await readdir(codePath)).length, 40);
        const zip = await readFile(join(stateDir, 'control-plane', 'code', `${digest}.zip`));
        assert.is(createHash('sha256').update(zip).digest('hex'), digest);
      }
      assert.equal((await readdir(join(stateDir, 'code'))).sort(), [...digests].sort());
      assert.equal((await readdir(join(stateDir, 'control-plane', 'code'))).sort(), [...digests].map((digest) => `${digest}.zip`).sort());
      assert.equal(faults, []);
      await stop();
    }
    assert.ok(accepted.size >= 15, 'the rounds created what they were told to');
  });
});

test.run();
