import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { findUnknownCommands, splitCommands } from '../../../../tools/checks/shown-commands.ts';

const test = suite('tools/checks/shown-commands');

const KNOWN = { npmScripts: ['start', 'test', 'build'], verbs: ['doctor', 'function create'], exists: (path: string) => path === 'tools/build.ts' || path === '.ci/run' };
const findings = (commands: string): string[] => findUnknownCommands('README.md', `text\n\n\`\`\`sh\n${commands}\n\`\`\`\n`, KNOWN);

test('commands are split at lines and operators, without comments, prompts and variables', () => {
  assert.equal(splitCommands("$ npm start   # note\nA=1 B=2 rik doctor && curl -d '{}' x | jq .\ncat \\\n  file\n\n# only a note\n"), [
    ['npm', 'start'],
    ['rik', 'doctor'],
    ['curl', '-d', "'{}'", 'x'],
    ['jq', '.'],
    ['cat', 'file'],
  ]);
});

test('known commands have no finding', () => {
  const commands = ['npm start', 'npm start -- --once', 'npm run build', 'npm test', 'npm ci', 'npx rik doctor --json', 'rik function create hello --code x', 'rik help', 'rik --version', 'node tools/build.ts', '.ci/run', 'git clone x'];
  assert.equal(findings(commands.join('\n')), []);
});

for (const command of ['npm run gone', 'npm gone', 'rik gone', 'npx rik function gone', 'node tools/gone.ts', './gone', 'frobnicate x']) {
  test(`${command} is a finding`, () => assert.is(findings(command).length, 1));
}

test('other blocks are not looked at', () => {
  assert.equal(findUnknownCommands('README.md', '```text\nfrobnicate\n```\n\n    frobnicate\n', KNOWN), []);
});

test('without a command line to ask, any verb passes', () => {
  assert.equal(findUnknownCommands('README.md', '```sh\nrik anything\n```\n', { ...KNOWN, verbs: undefined }), []);
});

test.run();
