import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { VERB_GROUPS, VERBS } from '../../../cli/commands/index.ts';
import { isDebugAsked, parseCommandLine, type CommandSet, type ParsedCommandLine } from '../../../cli/parse-command-line.ts';
import { isCodedError } from '../../../foundation/coded-error.ts';

const test = suite('cli/parse-command-line');

const COMMANDS: CommandSet = {
  version: '1.2.3',
  groups: [{ name: 'thing', summary: 'Things' }],
  verbs: [
    {
      name: 'thing make',
      summary: 'Make a thing',
      arguments: [{ name: 'NAME', summary: 'Its name', arity: 'one' }],
      options: [
        { flags: '--shape WORD', kind: 'text', summary: 'Shape', isRequired: true, choices: ['round', 'flat'] },
        { flags: '--size-mm MM', kind: 'integer', summary: 'Size', minimum: 1, maximum: 10 },
        { flags: '--tag WORD', kind: 'list', summary: 'Tags' },
        { flags: '--no-wait', kind: 'switch', summary: 'Do not wait' },
        { flags: '--json', kind: 'switch', summary: 'JSON' },
      ],
      examples: [],
      run: async () => 'OK',
    },
    { name: 'look', summary: 'Look', arguments: [{ name: 'PATH', summary: 'Where', arity: 'any-number' }], options: [], examples: [], run: async () => 'OK' },
  ],
};

function parse(...words: string[]): ParsedCommandLine {
  return parseCommandLine(words, COMMANDS);
}

function parseInput(...words: string[]): Extract<ParsedCommandLine, { kind: 'run' }> {
  const parsed = parse(...words);
  if (parsed.kind !== 'run') throw new Error(`parsed as ${parsed.kind}`);
  return parsed;
}

function refusal(...words: string[]): { message: string; hint: string | undefined } {
  try {
    parse(...words);
  } catch (error) {
    if (isCodedError(error) && error.code === 'cli/usage') return { message: error.message, hint: error.hint };
    throw error;
  }
  throw new Error('was accepted');
}

test('values reach the verb under the names of its options and arguments', () => {
  const { verb, input, isJson } = parseInput('thing', 'make', 'ball', '--shape', 'round', '--size-mm=7', '--tag', 'a', '--tag', 'b=c', '--no-wait', '--json');
  assert.is(verb.name, 'thing make');
  assert.is(input.argument('NAME'), 'ball');
  assert.is(input.requiredText('shape'), 'round');
  assert.is(input.integer('size-mm'), 7);
  assert.equal(input.list('tag'), ['a', 'b=c']);
  assert.ok(input.isSet('no-wait'));
  assert.ok(isJson);
});

test('what is not given is absent, also a switch that starts with no-', () => {
  const { input, isJson } = parseInput('thing', 'make', 'ball', '--shape', 'flat');
  assert.is(input.integer('size-mm'), undefined);
  assert.equal(input.list('tag'), []);
  assert.not(input.isSet('no-wait'));
  assert.not(isJson);
});

test('words after a double dash are arguments', () => {
  assert.equal(parseInput('look', '--', '--json', '--debug').input.argumentList('PATH'), ['--json', '--debug']);
  assert.not(isDebugAsked(['look', '--', '--debug']));
});

test('--debug is accepted in front of and behind the verb', () => {
  for (const words of [['--debug', 'look'], ['look', '--debug']]) {
    assert.is(parseInput(...words).verb.name, 'look');
    assert.ok(isDebugAsked(words));
  }
});

for (const [number, isAccepted] of [['0', false], ['1', true], ['10', true], ['11', false], ['1.5', false], ['1e1', false], ['', false], ['0x5', false], ['99999999999999999999', false]] as const) {
  test(`a number "${number}" for a range from 1 to 10 is ${isAccepted ? 'accepted' : 'refused'}`, () => {
    const words = ['thing', 'make', 'ball', '--shape', 'flat', `--size-mm=${number}`];
    if (isAccepted) assert.is(parseInput(...words).input.integer('size-mm'), Number(number));
    else assert.match(refusal(...words).message, 'from 1 to 10');
  });
}

test('a misspelt verb, verb of a group and option are refused with a suggestion', () => {
  assert.match(refusal('lok').hint ?? '', 'did you mean look?');
  assert.match(refusal('thing', 'mak').hint ?? '', 'did you mean make?');
  assert.match(refusal('thing', 'make', 'x', '--shap', 'flat').hint ?? '', 'did you mean --shape?');
});

test('a word that resembles nothing is refused with the help that exists', () => {
  assert.equal(refusal('zzzzzz'), { message: "unknown verb 'zzzzzz'", hint: '`rik help`' });
  assert.equal(refusal('thing', 'zzzzzz').hint, '`rik help thing`');
});

test('a misspelt option is named before a required one that is absent', () => {
  assert.match(refusal('thing', 'make', 'x', '--shpe', 'flat').message, "unknown option '--shpe'");
});

test('a required option, a value and an argument that are absent are each named', () => {
  assert.is(refusal('thing', 'make', 'x').message, '--shape WORD must be given');
  assert.match(refusal('thing', 'make', 'x', '--shape').message, '--shape WORD: argument missing');
  assert.match(refusal('thing', 'make', '--shape', 'flat').message, "argument 'NAME'");
});

test('a choice that is not offered and an argument too many are refused', () => {
  assert.match(refusal('thing', 'make', 'x', '--shape', 'cubic').message, 'round, flat');
  assert.match(refusal('thing', 'make', 'x', 'y', '--shape', 'flat').message, 'too many arguments');
});

test('help comes from --help, -h and the word help, for the program, a group and a verb', () => {
  const help = (...words: string[]): string => {
    const parsed = parse(...words);
    return parsed.kind === 'help' ? parsed.text : parsed.kind;
  };
  assert.is(help('help'), help('--help'));
  assert.match(help('--help'), 'thing make');
  assert.is(help('help', 'thing'), help('thing', '-h'));
  assert.is(help('help', 'thing', 'make'), help('thing', 'make', '--help'));
  assert.match(help('thing', 'make', '--help'), 'Usage: rik thing make NAME --shape WORD [options]');
  assert.is(help('--version'), '1.2.3\n');
});

test('no verb, or a group without one, is answered with its help and is not a success', () => {
  assert.is(parse().kind, 'no-verb');
  assert.is(parse('thing').kind, 'no-verb');
});

test('a verb that reads what it does not declare is told so', () => {
  const { input } = parseInput('look');
  assert.throws(() => input.text('shape'), /does not declare/);
  assert.throws(() => input.argument('NAME'), /does not declare/);
});

test('any words are parsed or refused as a usage error, never anything else', () => {
  const commands = { verbs: VERBS, groups: VERB_GROUPS, version: '0' };
  const known = fc.constantFrom('function', 'create', 'image', 'doctor', 'help', '--env', '--json', '--', '--timeout', '-h', '--no-wait', '-');
  fc.assert(
    fc.property(fc.array(fc.oneof(known, fc.string()), { maxLength: 8 }), (words) => {
      try {
        parseCommandLine(words, commands);
      } catch (error) {
        assert.ok(isCodedError(error) && error.code === 'cli/usage', String(error));
      }
    }),
    { numRuns: 300 },
  );
});

test.run();
