/** Help texts, made from the verb objects alone; `docs/cli.md` shows the same texts. The width is fixed, so they do not vary. */

import type { Verb, VerbGroup, VerbOption } from './verb.ts';

const WIDTH = 100;
const GLOBAL_OPTIONS: readonly (readonly [string, string])[] = [
  ['--debug', 'Print stacks and codes with errors'],
  ['-h, --help', 'Print this help'],
];

export function renderProgramHelp(commands: { verbs: readonly Verb[]; groups: readonly VerbGroup[] }): string {
  const single = commands.verbs.filter((verb) => !verb.name.includes(' '));
  const sections = [
    section('Verbs', single.map((verb) => [verb.name, verb.summary])),
    ...commands.groups.map((group) => section(group.summary, verbsOf(group, commands.verbs).map((verb) => [verb.name, verb.summary]))),
    section('Options', [...GLOBAL_OPTIONS, ['--version', 'Print the version']]),
  ];
  const usage = 'Usage: rik VERB [options] [arguments]';
  return `rik — AWS Lambda functions on this machine\n\n${usage}\n\n${sections.filter((text) => text !== '').join('\n')}\n\`rik help VERB\` says more about one verb. Results go to stdout, everything else to stderr.\n`;
}

export function renderGroupHelp(group: VerbGroup, verbs: readonly Verb[]): string {
  const rows = verbsOf(group, verbs).map((verb): [string, string] => [verb.name, verb.summary]);
  return `rik ${group.name} — ${group.summary}\n\nUsage: rik ${group.name} VERB [options] [arguments]\n\n${section('Verbs', rows)}\n${section('Options', GLOBAL_OPTIONS)}`;
}

export function renderVerbHelp(verb: Verb): string {
  const parts = [`rik ${verb.name} — ${verb.summary}\n`, `Usage: ${renderUsage(verb)}\n`];
  if (verb.description !== undefined) parts.push(...verb.description.split('\n\n').map((paragraph) => `${wrap(paragraph, WIDTH).join('\n')}\n`));
  parts.push(section('Arguments', verb.arguments.map((argument) => [argument.name, argument.summary])));
  parts.push(section('Options', [...verb.options.map((option): [string, string] => [option.flags, describeOption(option)]), ...GLOBAL_OPTIONS]));
  if (verb.examples.length > 0) parts.push(`Examples:\n${verb.examples.map((example) => `  # ${example.says}\n  ${example.command}\n`).join('')}`);
  return parts.filter((part) => part !== '').join('\n');
}

function renderUsage(verb: Verb): string {
  const required = verb.options.filter((option) => option.kind !== 'switch' && option.kind !== 'list' && option.isRequired === true);
  const words = verb.arguments.map((argument) => ({ one: argument.name, optional: `[${argument.name}]`, 'any-number': `[${argument.name}…]` })[argument.arity]);
  return ['rik', verb.name, ...words, ...required.map((option) => option.flags), '[options]'].join(' ');
}

function describeOption(option: VerbOption): string {
  const notes: string[] = [];
  if (option.kind === 'text' && option.choices !== undefined) notes.push(`one of ${option.choices.join(', ')}`);
  if (option.kind === 'integer') notes.push(`${option.minimum}–${option.maximum}`);
  if (option.kind === 'list') notes.push('may be repeated');
  if ((option.kind === 'text' || option.kind === 'integer') && option.defaultText !== undefined) notes.push(`default: ${option.defaultText}`);
  return notes.length === 0 ? option.summary : `${option.summary} (${notes.join('; ')})`;
}

function section(title: string, rows: readonly (readonly [string, string])[]): string {
  if (rows.length === 0) return '';
  const widest = Math.max(...rows.map(([name]) => name.length));
  const lines = rows.flatMap(([name, text]) =>
    wrap(text, WIDTH - widest - 4).map((line, index) => `  ${(index === 0 ? name : '').padEnd(widest)}  ${line}`),
  );
  return `${title}:\n${lines.join('\n')}\n`;
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/)) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}

function verbsOf(group: VerbGroup, verbs: readonly Verb[]): Verb[] {
  return verbs.filter((verb) => verb.name.startsWith(`${group.name} `));
}
