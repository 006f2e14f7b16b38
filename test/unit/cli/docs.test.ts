import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { VERB_GROUPS, VERBS } from '../../../cli/commands/index.ts';
import { renderCliDocs, renderExitCodesDocs } from '../../../cli/docs.ts';
import { optionName } from '../../../cli/verb.ts';
import { DOCS_FOLDER, runRik } from './run-rik.ts';

const test = suite('cli/docs');

test('docs/cli.md and docs/exit-codes.md are what the sources give; `node cli/docs.ts` writes them anew', () => {
  assert.ok(readFileSync(join(DOCS_FOLDER, 'cli.md'), 'utf8') === renderCliDocs(), 'docs/cli.md is stale: run `node cli/docs.ts`');
  assert.ok(readFileSync(join(DOCS_FOLDER, 'exit-codes.md'), 'utf8') === renderExitCodesDocs(), 'docs/exit-codes.md is stale: run `node cli/docs.ts`');
});

test('the help that a verb prints is the text in docs/cli.md', async () => {
  const documented = readFileSync(join(DOCS_FOLDER, 'cli.md'), 'utf8');
  for (const words of [['--help'], ['function', 'create', '--help'], ['help', 'doctor']]) {
    const end = await runRik(words);
    assert.is(end.exitCode, 0);
    assert.ok(documented.includes(`\`\`\`text\n${end.stdout.trimEnd()}\n\`\`\``), words.join(' '));
  }
});

test('verbs are described alike: unique names in known groups, a summary without final stop, options named once', () => {
  const names = VERBS.map((verb) => verb.name);
  assert.is(new Set(names).size, names.length);
  for (const verb of VERBS) {
    assert.not.match(verb.summary, /\.$/);
    const [group, second] = verb.name.split(' ');
    if (second !== undefined) assert.ok(VERB_GROUPS.some(({ name }) => name === group), verb.name);
    const options = verb.options.map(optionName);
    assert.is(new Set(options).size, options.length, verb.name);
    for (const option of verb.options) assert.match(option.flags, option.kind === 'switch' ? /^--[a-z-]+$/ : /^--[a-z-]+ \S+$/);
    for (const example of verb.examples) assert.ok(example.command.startsWith('rik ') , example.command);
  }
});

test('help fits a line of 100 characters', () => {
  for (const line of renderCliDocs().split('\n').filter((text) => text.startsWith('  --'))) assert.ok(line.length <= 100, line);
});

test.run();
