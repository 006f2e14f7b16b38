/** Turns words into a verb with its values, or into help. Nothing is run and nothing printed here. */

import { Argument, Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { cliError } from './errors.ts';
import { renderGroupHelp, renderProgramHelp, renderVerbHelp } from './help.ts';
import { openInput, type InputValues, type ParsedInput } from './parsed-input.ts';
import { optionName, type Verb, type VerbGroup, type VerbOption } from './verb.ts';

export type ParsedCommandLine =
  | { kind: 'run'; verb: Verb; input: ParsedInput; isJson: boolean }
  /** Asked for: a result. */
  | { kind: 'help'; text: string }
  /** Not asked for, but nothing else can be said to a command line without a verb. */
  | { kind: 'no-verb'; text: string };

export type CommandSet = { verbs: readonly Verb[]; groups: readonly VerbGroup[]; version: string };

export function parseCommandLine(words: readonly string[], commands: CommandSet): ParsedCommandLine {
  // `rik help function create` is the same as `rik function create --help`.
  const normalised = words[0] === 'help' ? [...words.slice(1), '--help'] : [...words];
  let written = '';
  let parsed: ParsedCommandLine | undefined;
  const program = buildProgram(commands, {
    write: (text) => (written += text),
    onVerb: (verb, values) => (parsed = { kind: 'run', verb, input: openInput(verb, values), isJson: values.options.get('json') === true }),
  });
  try {
    program.parse(normalised, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.code === 'commander.helpDisplayed' || error.code === 'commander.version') return { kind: 'help', text: written };
    if (error.code === 'commander.help') return { kind: 'no-verb', text: written };
    throw toUsageError(error, normalised, commands);
  }
  if (parsed === undefined) throw new Error('the parser ended without a verb');
  return parsed;
}

/** `--debug` counts wherever it stands, also on a command line that cannot be parsed. */
export function isDebugAsked(words: readonly string[]): boolean {
  const end = words.indexOf('--');
  return (end === -1 ? words : words.slice(0, end)).includes('--debug');
}

type ProgramHooks = { write: (text: string) => void; onVerb: (verb: Verb, values: InputValues) => void };

function buildProgram(commands: CommandSet, hooks: ProgramHooks): Command {
  const program = prepare(new Command('rik'), () => renderProgramHelp(commands), hooks);
  program.version(commands.version, '--version', 'Print the version');
  program.option('--debug', 'Print stacks and codes with errors');
  const groups = new Map<string, Command>();
  for (const group of commands.groups) {
    const command = prepare(new Command(group.name), () => renderGroupHelp(group, commands.verbs), hooks);
    groups.set(group.name, command);
    program.addCommand(command);
  }
  for (const verb of commands.verbs) {
    const [first = '', second] = verb.name.split(' ');
    const parent = second === undefined ? program : groups.get(first);
    if (parent === undefined) throw new Error(`the verb "${verb.name}" belongs to no group`);
    parent.addCommand(buildVerb(verb, second ?? first, hooks));
  }
  return program;
}

function buildVerb(verb: Verb, word: string, hooks: ProgramHooks): Command {
  const command = prepare(new Command(word), () => renderVerbHelp(verb), hooks);
  for (const argument of verb.arguments) {
    const shapes = { one: `<${argument.name}>`, optional: `[${argument.name}]`, 'any-number': `[${argument.name}...]` };
    command.addArgument(new Argument(shapes[argument.arity], argument.summary));
  }
  for (const option of verb.options) command.addOption(buildOption(option));
  command.action(() => {
    const values = readValues(verb, command);
    refuseAbsentOptions(verb, values);
    hooks.onVerb(verb, values);
  });
  return command;
}

function prepare(command: Command, help: () => string, hooks: ProgramHooks): Command {
  command.helpCommand(false).helpOption('-h, --help', 'Print this help').allowExcessArguments(false).exitOverride();
  command.configureOutput({ writeOut: hooks.write, writeErr: hooks.write, outputError: () => undefined });
  command.helpInformation = help;
  return command;
}

function buildOption(option: VerbOption): Option {
  const built = new Option(option.kind === 'switch' ? option.flags : option.flags.replace(/ (\S+)$/, ' <$1>'), option.summary);
  switch (option.kind) {
    case 'switch':
      return built;
    case 'text':
      if (option.choices !== undefined) built.choices(option.choices);
      return built;
    case 'integer':
      return built.argParser((word) => parseInteger(word, option));
    case 'list':
      return built.argParser((word, before: unknown) => [...(Array.isArray(before) ? before : []), word]);
  }
}

function parseInteger(word: string, bounds: { minimum: number; maximum: number }): number {
  const value = /^-?\d{1,15}$/.test(word) ? Number(word) : Number.NaN;
  if (!(value >= bounds.minimum && value <= bounds.maximum)) {
    throw new InvalidArgumentError(`It is a whole number from ${bounds.minimum} to ${bounds.maximum}.`);
  }
  return value;
}

function readValues(verb: Verb, command: Command): InputValues {
  const argumentValues = new Map<string, readonly string[]>();
  verb.arguments.forEach((argument, index) => {
    const value: unknown = command.processedArgs[index];
    if (typeof value === 'string') argumentValues.set(argument.name, [value]);
    if (Array.isArray(value)) argumentValues.set(argument.name, value.map(String));
  });
  const optionValues = new Map<string, string | number | true | readonly string[]>();
  for (const option of verb.options) {
    const name = optionName(option);
    const attribute = buildOption(option).attributeName();
    const value: unknown = command.getOptionValue(attribute);
    // A flag `--no-x` stands for a value `x` that is true unless the flag is given.
    if (name.startsWith('no-') && option.kind === 'switch') {
      if (value === false) optionValues.set(name, true);
    } else if (typeof value === 'string' || typeof value === 'number' || value === true) {
      optionValues.set(name, value);
    } else if (Array.isArray(value)) {
      optionValues.set(name, value.map(String));
    }
  }
  return { arguments: argumentValues, options: optionValues };
}

/** Not left to the parser, which would ask for these before it says that an option is misspelt. */
function refuseAbsentOptions(verb: Verb, values: InputValues): void {
  const required = verb.options.filter((option) => (option.kind === 'text' || option.kind === 'integer') && option.isRequired === true);
  const absent = required.filter((option) => !values.options.has(optionName(option)));
  if (absent.length > 0) {
    throw cliError('cli/usage', `${absent.map((option) => option.flags).join(' and ')} must be given`, { hint: `\`rik help ${verb.name}\`` });
  }
}

function toUsageError(error: CommanderError, words: readonly string[], commands: CommandSet): Error {
  const [first = '', ...rest] = error.message.split('\n');
  const message = first.replace(/^error: /, '').replace(/\.$/, '').replace('unknown command', 'unknown verb').replace(/^option '(--\S+) <(\S+)>'/, '$1 $2:');
  const suggestion = /\(Did you mean (.+)\?\)/.exec(rest.join(' '))?.[1];
  const help = `\`${['rik', 'help', ...knownWords(words, commands)].join(' ')}\``;
  return cliError('cli/usage', message, { hint: suggestion === undefined ? help : `did you mean ${suggestion}? ${help} lists all` });
}

/** The leading words that name a verb or a group, so that the help pointed at exists. */
function knownWords(words: readonly string[], commands: CommandSet): readonly string[] {
  const names = [...commands.verbs, ...commands.groups].map((command) => command.name);
  return [2, 1].map((count) => words.slice(0, count)).find((candidate) => names.includes(candidate.join(' '))) ?? [];
}
