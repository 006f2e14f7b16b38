/** The values of one command line, read by name. Asking for a name that the verb did not declare is our own mistake. */

import { optionName, type Verb, type VerbOption } from './verb.ts';

export type ParsedInput = {
  /** A required argument, or one that is there. */
  argument(name: string): string;
  argumentIfGiven(name: string): string | undefined;
  argumentList(name: string): readonly string[];
  text(option: string): string | undefined;
  /** The value of an option that the parser insists on. */
  requiredText(option: string): string;
  integer(option: string): number | undefined;
  list(option: string): readonly string[];
  isSet(option: string): boolean;
};

export type InputValues = { arguments: ReadonlyMap<string, readonly string[]>; options: ReadonlyMap<string, string | number | true | readonly string[]> };

export function openInput(verb: Pick<Verb, 'name' | 'arguments' | 'options'>, values: InputValues): ParsedInput {
  const argumentValues = (name: string): readonly string[] => {
    assertDeclared(verb.arguments.some((argument) => argument.name === name), `argument ${name}`, verb.name);
    return values.arguments.get(name) ?? [];
  };
  const optionValue = (name: string, kinds: readonly VerbOption['kind'][]): unknown => {
    const option = verb.options.find((candidate) => optionName(candidate) === name);
    assertDeclared(option !== undefined && kinds.includes(option.kind), `option --${name}`, verb.name);
    return values.options.get(name);
  };
  const text = (name: string): string | undefined => {
    const value = optionValue(name, ['text']);
    return typeof value === 'string' ? value : undefined;
  };
  return {
    argument: (name) => required(argumentValues(name)[0], `argument ${name}`),
    argumentIfGiven: (name) => argumentValues(name)[0],
    argumentList: (name) => argumentValues(name),
    text,
    requiredText: (name) => required(text(name), `option --${name}`),
    integer(name) {
      const value = optionValue(name, ['integer']);
      return typeof value === 'number' ? value : undefined;
    },
    list(name) {
      const value = optionValue(name, ['list']);
      return Array.isArray(value) ? value.map(String) : [];
    },
    isSet: (name) => optionValue(name, ['switch', 'text', 'integer', 'list']) !== undefined,
  };
}

function assertDeclared(isDeclared: boolean, what: string, verbName: string): void {
  if (!isDeclared) throw new Error(`the verb "${verbName}" reads ${what}, which it does not declare`);
}

function required(value: string | undefined, what: string): string {
  if (value === undefined) throw new Error(`${what} is read as required, but the parser let its absence pass`);
  return value;
}
