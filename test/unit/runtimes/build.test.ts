import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { isCodedError } from '../../../foundation/coded-error.ts';
import { buildRuntimeClients } from '../../../runtimes/build.ts';
import { caught, withTemporaryFolder } from '../../support/temporary-folder.ts';

const test = suite('runtimes/build');
const QUICK = ['nodejs', 'python', 'provided'] as const;

test('each family is a folder with an executable bootstrap, except provided', () =>
  withTemporaryFolder(async (outDir) => {
    const built = await buildRuntimeClients({ outDir, families: QUICK });
    assert.equal(built, QUICK.map((family) => ({ family, dir: join(outDir, family), built: true })));
    for (const family of ['nodejs', 'python']) assert.is(statSync(join(outDir, family, 'bootstrap')).mode & 0o777, 0o755);
    assert.equal(readdirSync(join(outDir, 'provided')), []);
    assert.equal(readdirSync(join(outDir, 'python')).sort(), ['awslambda.py', 'bootstrap', 'bootstrap.py', 'rik_runtime', 'snapshot_restore_py.py']);
  }));

test('a second build makes nothing', () =>
  withTemporaryFolder(async (outDir) => {
    await buildRuntimeClients({ outDir, families: QUICK });
    const again = await buildRuntimeClients({ outDir, families: QUICK });
    assert.equal(again.map(({ built }) => built), [false, false, false]);
  }));

test('a result that somebody changed or removed is made again', () =>
  withTemporaryFolder(async (outDir) => {
    await buildRuntimeClients({ outDir, families: QUICK });
    const file = join(outDir, 'python', 'bootstrap.py');
    const content = readFileSync(file, 'utf8');
    writeFileSync(file, 'changed');
    rmSync(join(outDir, 'nodejs'), { recursive: true });
    const again = await buildRuntimeClients({ outDir, families: QUICK });
    assert.equal(again.map(({ built }) => built), [true, true, false]);
    assert.is(readFileSync(file, 'utf8'), content);
  }));

test('the Node.js bundle needs nothing beside it', () =>
  withTemporaryFolder(async (outDir) => {
    await buildRuntimeClients({ outDir, families: ['nodejs'] });
    const bundle = readFileSync(join(outDir, 'nodejs', 'index.mjs'), 'utf8');
    const imported = [...bundle.matchAll(/from "([^"]+)"/g)].map((match) => match[1]);
    assert.ok(imported.length > 0 && imported.every((name) => name?.startsWith('node:')), imported.join());
  }));

test('a missing Java compiler is an error that names the package, after the other families were made', () =>
  withTemporaryFolder(async (outDir) => {
    const error = await caught(() => buildRuntimeClients({ outDir, javaCompiler: join(outDir, 'no-javac') }));
    assert.ok(isCodedError(error) && error.code === 'runtimes/compiler-missing' && error.fault === 'environment');
    assert.match(error.hint ?? '', /openjdk-17-jdk-headless/);
    assert.ok(statSync(join(outDir, 'python', 'bootstrap')).isFile());
    assert.equal(readdirSync(outDir).filter((name) => name.startsWith('.java')), [], 'nothing half-made stays');
  }));

test.run();
