// time-limit-seconds: 180
import { execFile } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { FUNCTIONS } from '../../conformance/index.ts';

const REPOSITORY = resolve(import.meta.dirname, '..', '..', '..');
const DOCUMENTS = join(REPOSITORY, 'test', 'conformance', 'docs');

const test = suite('conformance/documents');

test('the example of the page about runtime targets runs as the page says', async () => {
  const page = readFileSync(join(DOCUMENTS, 'runtime-targets.md'), 'utf8');
  const folder = mkdtempSync(join(tmpdir(), 'conformance-page-'));
  try {
    writeFileSync(join(folder, 'my-runtime.json'), block(page, 'json target'));
    writeFileSync(join(folder, 'bootstrap'), block(page, 'sh bootstrap'));
    chmodSync(join(folder, 'bootstrap'), 0o755);
    for (const line of block(page, 'sh run').trim().split('\n')) {
      const words = line.split(' ').slice(1);
      const { code, output } = await run([join(REPOSITORY, 'cli', 'rik.mjs'), ...words, '--patience', '1', '--tolerance', '10', '--jobs', '16'], folder);
      assert.is(code, 0, `${line}\n${output}`);
    }
    assert.match(readFileSync(join(folder, 'report.html'), 'utf8'), /All as expected/);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('the case of the page about adding one runs as the page says', async () => {
  const page = readFileSync(join(DOCUMENTS, 'adding-a-case.md'), 'utf8');
  const folder = mkdtempSync(join(tmpdir(), 'conformance-page-'));
  try {
    // A copy of what the suite needs of the repository, changed as the page says.
    const copy = join(folder, 'test', 'conformance');
    mkdirSync(join(folder, 'test'));
    cpSync(join(REPOSITORY, 'test', 'conformance'), copy, { recursive: true });
    cpSync(join(REPOSITORY, 'package.json'), join(folder, 'package.json'));
    for (const name of ['node_modules', 'dist']) symlinkSync(join(REPOSITORY, name), join(folder, name));
    change(join(copy, 'runtime', 'cases', 'loop.ts'), '\n];\n', `\n${block(page, 'ts case')}];\n`);
    change(join(copy, 'catalogue.ts'), 'RUN: [1, 46]', 'RUN: [1, 47]');
    for (const line of block(page, 'sh run').trim().split('\n')) {
      const { code, output } = await run(line.split(' ').slice(1), folder);
      assert.is(code, 0, `${line}\n${output}`);
      assert.match(output, /event-of-nothing|1 cases: 1 pass/);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('the page about the handler contract has every function as the suite has it', () => {
  const page = readFileSync(join(DOCUMENTS, 'handler-contract.md'), 'utf8');
  for (const [name, text] of Object.entries(FUNCTIONS)) assert.ok(page.includes(`| \`${name}\` | ${text} |`), name);
});

function block(page: string, mark: string): string {
  const [, text] = new RegExp(`\`\`\`${mark}\\n([\\s\\S]*?)\`\`\``).exec(page) ?? [];
  assert.ok(text, `a block "${mark}"`);
  return text;
}

function change(path: string, from: string, to: string): void {
  const text = readFileSync(path, 'utf8');
  assert.is(text.split(from).length, 2, `${path}: ${from}`);
  writeFileSync(path, text.replace(from, () => to));
}

function run(words: readonly string[], folder: string): Promise<{ code: number; output: string }> {
  return new Promise((settle) => {
    execFile(process.execPath, [...words], { cwd: folder, timeout: 120_000, maxBuffer: 16 * 1024 * 1024 }, (error, stdout, stderr) => {
      settle({ code: error === null ? 0 : typeof error.code === 'number' ? error.code : -1, output: `${stdout}${stderr}` });
    });
  });
}

test.run();
