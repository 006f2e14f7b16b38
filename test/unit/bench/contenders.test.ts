import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { selectBrokers } from '../../../bench/contenders.ts';
import { portableTools } from '../../../bench/tools.ts';
import { isCodedError } from '../../../foundation/coded-error.ts';

const test = suite('bench/contenders');
const tools = portableTools('in this test');
const nothing = { tools, only: [], added: [], searchPath: '', rieNamed: undefined };

test('what cannot run here is left out with its reason', async () => {
  const { brokers, notes } = await selectBrokers(nothing);
  assert.ok(brokers.some(({ name }) => name === 'node-http'));
  assert.not.ok(brokers.some(({ name }) => name === 'rie' || name === 'floor'));
  assert.ok(notes.some((note) => note.startsWith('rie is left out: ') && note.includes('RIK_BENCH_RIE')));
  assert.ok(notes.some((note) => note.startsWith('floor is left out: ')));
});

test('what is asked for by name and cannot run is an error of the environment', async () => {
  try {
    await selectBrokers({ ...nothing, only: ['rie'] });
    assert.unreachable();
  } catch (error) {
    assert.ok(isCodedError(error));
    assert.is(error.code, 'bench/subject-missing');
    assert.is(error.fault, 'environment');
  }
});

test('a name that nobody has is the caller\'s fault', async () => {
  try {
    await selectBrokers({ ...nothing, only: ['nobody'] });
    assert.unreachable();
  } catch (error) {
    assert.ok(isCodedError(error));
    assert.is(error.code, 'bench/bad-argument');
  }
});

test('the emulator is found on the search path, and a named one comes first', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'rik-bench-test-'));
  try {
    for (const name of ['aws-lambda-rie', 'other-rie']) {
      writeFileSync(join(folder, name), '#!/bin/sh\n');
      chmodSync(join(folder, name), 0o755);
    }
    const found = await selectBrokers({ ...nothing, only: ['rie'], searchPath: `/nonexistent::${folder}` });
    assert.is(found.values['rie'], join(folder, 'aws-lambda-rie'));
    const named = await selectBrokers({ ...nothing, only: ['rie'], searchPath: folder, rieNamed: join(folder, 'other-rie') });
    assert.is(named.values['rie'], join(folder, 'other-rie'));
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('an added broker is a subject, and its arguments say who starts the bootstrap', async () => {
  const added = [
    { name: 'plain', argv: ['x', '{front-port}', '{api-port}'] },
    { name: 'starter', argv: ['x', '{bootstrap}'] },
  ];
  const { brokers } = await selectBrokers({ ...nothing, only: ['plain', 'starter'], added });
  assert.equal(brokers.map(({ name, role, bootstrap }) => [name, role, bootstrap]), [
    ['plain', 'subject', 'started-by-bench'],
    ['starter', 'subject', 'started-by-broker'],
  ]);
});

test.run();
