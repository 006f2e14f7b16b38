import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readConfigurationFile } from '../../../../cli/dev/configuration-file.ts';
import { caught, withTemporaryFolder } from '../../../support/temporary-folder.ts';

const test = suite('cli/dev/configuration-file');

function problem(content: string): Promise<string> {
  return withTemporaryFolder(async (folder) => {
    const file = join(folder, 'f.json');
    writeFileSync(file, content);
    const error = await caught(() => readConfigurationFile(file));
    assert.is(error instanceof Error && 'code' in error && error.code, 'cli/usage');
    return error instanceof Error ? error.message.replace(`${file} cannot be used: `, '') : '';
  });
}

test('every member that there is can be given', () =>
  withTemporaryFolder(async (folder) => {
    const file = join(folder, 'f.json');
    const everything = {
      $schema: 'x', listen: '127.0.0.1:1', profile: 'rie', cors: ['*'], logLevel: 'debug', eventRetries: 2, eventRetrySeconds: 1, processOutput: 'pipes',
      functions: [{
        name: 'f', command: ['a', 'b'], code: 'c', runtime: 'nodejs24.x', handler: 'h', environment: { AB: 'c' }, layersRoot: 'l', version: '7', timeoutSeconds: 0.5, memoryMiB: 128,
        runtimeApi: '127.0.0.1:2', initialization: 'on-demand', environments: 2, whenBusy: 'reject', url: { listen: '127.0.0.1:3', mode: 'stream', cors: { allowOrigins: ['*'], maxAgeSeconds: 1 } },
        streamPacing: true, spawn: true, watch: true, debugger: true,
      }],
    };
    writeFileSync(file, JSON.stringify(everything));
    assert.equal(readConfigurationFile(file), { ...everything, folder });
  }));

for (const [title, content, wanted] of [
  ['no JSON', '{"functions": [}', /^it is no JSON: /],
  ['no object', '[]', /^the file: /],
  ['no functions', '{}', /^functions: /],
  ['an empty list of functions', '{"functions":[]}', /^functions: /],
  ['an unknown member', '{"functions":[{"name":"a"}],"port":1}', /^the file: Unrecognized key: "port"/],
  ['an unknown member of a function', '{"functions":[{"name":"a"},{"name":"b","timeout":3}]}', /^functions\[1\]: Unrecognized key: "timeout"/],
  ['a value of the wrong type', '{"functions":[{"name":"a","memoryMiB":"128"}]}', /^functions\[0\]\.memoryMiB: /],
  ['a value out of range', '{"functions":[{"name":"a","timeoutSeconds":901}]}', /^functions\[0\]\.timeoutSeconds: .*900/],
  ['a wrong member deep inside', '{"functions":[{"name":"a","url":{"listen":"1","cors":{"allowOrigins":["*"],"maxAgeSeconds":"1"}}}]}', /^functions\[0\]\.url\.cors\.maxAgeSeconds: /],
  ['a name of forbidden characters', '{"functions":[{"name":"a b"}]}', /^functions\[0\]\.name: a name has/],
  ['two functions of one name', '{"functions":[{"name":"a"},{"name":"b"},{"name":"a"}]}', /^functions\[2\]\.name: another function is called a/],
  ['several mistakes', '{"listen":1,"functions":[{"name":"a","watch":1}]}', /^listen: .*; and functions\[0\]\.watch: /],
] as const) {
  test(`${title} is named with its place`, async () => assert.match(await problem(content), wanted));
}

test('whatever a file says, it is taken or refused, and nothing else happens', () =>
  withTemporaryFolder(async (folder) => {
    const file = join(folder, 'f.json');
    const odd = fc.oneof(fc.anything(), fc.record({ cors: fc.anything(), functions: fc.array(fc.record({ name: fc.anything(), url: fc.record({ cors: fc.anything() }), logging: fc.anything() }, { requiredKeys: [] })) }, { requiredKeys: [] }));
    fc.assert(
      fc.property(odd, (value) => {
        writeFileSync(file, JSON.stringify(value) ?? '');
        try {
          readConfigurationFile(file);
        } catch (error) {
          assert.is(error instanceof Error && 'code' in error && error.code, 'cli/usage');
        }
      }),
      { numRuns: 300 },
    );
  }));

test('a file that is not there, and a folder, are said to be that', () =>
  withTemporaryFolder(async (folder) => {
    for (const [path, wanted] of [[join(folder, 'none.json'), /there is no such file/], [folder, /it is a folder/]] as const) {
      const error = await caught(() => readConfigurationFile(path));
      assert.match(error instanceof Error ? error.message : '', wanted);
    }
  }));

test.run();
