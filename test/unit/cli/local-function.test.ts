import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { invoke } from '../../../cli/commands/invoke.ts';
import { readLocalFunction, SETTINGS_FILE } from '../../../cli/local-function.ts';
import { openInput } from '../../../cli/parsed-input.ts';
import type { ParsedInput } from '../../../cli/parsed-input.ts';
import { withTemporaryFolder } from '../../support/temporary-folder.ts';

const test = suite('cli/local-function');

function inputOf(options: Record<string, string | number | readonly string[]>): ParsedInput {
  return openInput(invoke, { arguments: new Map(), options: new Map(Object.entries(options)) });
}

test('a folder is recognised by the files that guides begin with', () =>
  withTemporaryFolder(async (folder) => {
    const rows = [
      { file: 'index.mjs', runtime: 'nodejs24.x', handler: 'index.handler' },
      { file: 'lambda_function.py', runtime: 'python3.11', handler: 'lambda_function.lambda_handler' },
      { file: 'bootstrap', runtime: 'provided.al2023', handler: 'function.handler' },
    ];
    for (const { file, runtime, handler } of rows) {
      await withTemporaryFolder(async (single) => {
        writeFileSync(join(single, file), '');
        const local = readLocalFunction(single, inputOf({}));
        assert.equal([local.runtime, local.handler], [runtime, handler]);
      });
    }
    writeFileSync(join(folder, 'README'), '');
    assert.throws(() => readLocalFunction(folder, inputOf({})), /which runtime it needs/);
  }));

test('options win over the settings file, which wins over the guess', () =>
  withTemporaryFolder(async (folder) => {
    writeFileSync(join(folder, 'index.mjs'), '');
    writeFileSync(join(folder, SETTINGS_FILE), JSON.stringify({ runtime: 'nodejs22.x', handler: 'index.other', timeoutSeconds: 7, environment: { STAGE: 'file', KEPT: 'yes' }, event: { a: 1 } }));
    const local = readLocalFunction(folder, inputOf({ handler: 'index.third', env: ['STAGE=option'] }));
    assert.equal(local, {
      runtime: 'nodejs22.x',
      handler: 'index.third',
      timeoutSeconds: 7,
      memoryMiB: undefined,
      variables: { STAGE: 'option', KEPT: 'yes' },
      event: '{"a":1}',
    });
  }));

test('the guessed handler is not taken for another runtime', () =>
  withTemporaryFolder(async (folder) => {
    writeFileSync(join(folder, 'index.mjs'), '');
    assert.throws(() => readLocalFunction(folder, inputOf({ runtime: 'python3.11' })), /which handler it needs/);
  }));

test('a settings file that is not JSON, has an unknown member or a value out of range is refused by name', () =>
  withTemporaryFolder(async (folder) => {
    for (const [text, expected] of [
      ['{', /it is not JSON/],
      ['{"runtimes":"x"}', /runtimes/],
      ['{"timeoutSeconds":901}', /timeoutSeconds/],
      ['{"memoryMiB":64}', /memoryMiB/],
    ] as const) {
      writeFileSync(join(folder, SETTINGS_FILE), text);
      assert.throws(() => readLocalFunction(folder, inputOf({})), expected);
    }
  }));

test.run();
