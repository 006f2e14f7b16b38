import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { openOutput, renderBytes, renderFields, renderTable, type Output } from '../../../cli/output.ts';

const test = suite('cli/output');

type Written = { output: Output; stdout: () => string; stderr: () => string };

function open(options: { isJson?: boolean; isTTY?: boolean; environment?: Record<string, string> } = {}): Written {
  let stdout = '';
  let stderr = '';
  const output = openOutput({
    isJson: options.isJson ?? false,
    stdout: { write: (text) => (stdout += text), isTTY: options.isTTY },
    stderr: { write: (text) => (stderr += text) },
    environment: options.environment ?? {},
  });
  return { output, stdout: () => stdout, stderr: () => stderr };
}

const FORMS = { json: () => ({ a: 1 }), people: () => ['one', 'two'] };

test('a report is lines for people, or one JSON document', () => {
  const forPeople = open();
  forPeople.output.report(FORMS);
  assert.is(forPeople.stdout(), 'one\ntwo\n');
  const forMachines = open({ isJson: true });
  forMachines.output.report(FORMS);
  assert.equal(JSON.parse(forMachines.stdout()), { a: 1 });
});

test('progress goes to stderr alone, with its control characters spelled out', () => {
  const { output, stdout, stderr } = open();
  output.progress('half \u001b[1m done');
  assert.is(stdout(), '');
  assert.is(stderr(), 'half \\x1b[1m done\n');
});

test('an empty report writes nothing', () => {
  const { output, stdout } = open();
  output.report({ json: () => ({}), people: () => [] });
  assert.is(stdout(), '');
});

for (const [title, options, isColoured] of [
  ['a terminal has colours', { isTTY: true }, true],
  ['a pipe has none', { isTTY: false }, false],
  ['a terminal with NO_COLOR has none', { isTTY: true, environment: { NO_COLOR: '1' } }, false],
  ['an empty NO_COLOR changes nothing', { isTTY: true, environment: { NO_COLOR: '' } }, true],
  ['a dumb terminal has none', { isTTY: true, environment: { TERM: 'dumb' } }, false],
] as const) {
  test(title, () => {
    assert.is(open(options).output.paint('red', 'x') !== 'x', isColoured);
  });
}

test('columns are aligned, the last one is not padded, and cells cannot break out', () => {
  assert.equal(renderTable(['A', 'LONG', 'C'], [['abcd', 'x', 'y'], ['e', 'z\n', '']]), ['A     LONG   C', 'abcd  x      y', 'e     z\\x0a']);
  assert.equal(renderFields([['a', '1'], ['long', '2']]), ['a:     1', 'long:  2']);
});

for (const [bytes, text] of [[0, '0 bytes'], [1, '1 byte'], [1023, '1023 bytes'], [1024, '1.0 KiB'], [1_572_864, '1.5 MiB'], [2 ** 40, '1.0 TiB'], [2 ** 60, '1048576.0 TiB']] as const) {
  test(`${bytes} bytes read as ${text}`, () => assert.is(renderBytes(bytes), text));
}

test.run();
