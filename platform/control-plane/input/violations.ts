/**
 * Collects the constraint violations of one request and says them in the service's words:
 * `<n> validation error[s] detected: Value '<v>' at '<member>' failed to satisfy constraint: <c>; …`. Texts are recorded.
 */
import { ApiError } from '../../api/index.ts';

export const MUST_NOT_BE_NULL = 'Member must not be null';
export const mustMatch = (pattern: string) => `Member must satisfy regular expression pattern: ${pattern}`;
export const lengthAtMost = (max: number) => `Member must have length less than or equal to ${max}`;
export const lengthAtLeast = (min: number) => `Member must have length greater than or equal to ${min}`;
export const valueAtMost = (max: number) => `Member must have value less than or equal to ${max}`;
export const valueAtLeast = (min: number) => `Member must have value greater than or equal to ${min}`;
export const mustBeOneOf = (values: readonly string[]) => `Member must satisfy enum value set: [${values.join(', ')}]`;

export type StringRule = { min?: number; max?: number; pattern?: string; oneOf?: readonly string[]; required?: true };
export type IntegerRule = { min: number; max: number };

export class Violations {
  readonly #found: string[] = [];

  /** The service prints strings in quotes, and an absent member as null without them. */
  add(member: string, value: string | undefined, constraint: string): void {
    const shown = value === undefined ? 'null' : `'${value}'`;
    this.#found.push(`Value ${shown} at '${member}' failed to satisfy constraint: ${constraint}`);
  }

  /** For members that the service does not print because their values may be secret. */
  addUnprinted(member: string, constraint: string): void {
    this.#found.push(`Value at '${member}' failed to satisfy constraint: ${constraint}`);
  }

  string(member: string, value: string | undefined, rule: StringRule): void {
    if (value === undefined) {
      if (rule.required) this.add(member, undefined, MUST_NOT_BE_NULL);
      return;
    }
    if (rule.oneOf !== undefined && !rule.oneOf.includes(value)) this.add(member, value, mustBeOneOf(rule.oneOf));
    if (rule.max !== undefined && value.length > rule.max) this.add(member, value, lengthAtMost(rule.max));
    if (rule.min !== undefined && value.length < rule.min) this.add(member, value, lengthAtLeast(rule.min));
    if (rule.pattern !== undefined && !matchesWhole(rule.pattern, value)) this.add(member, value, mustMatch(rule.pattern));
  }

  integer(member: string, value: number | undefined, rule: IntegerRule): void {
    if (value === undefined) return;
    if (value > rule.max) this.add(member, String(value), valueAtMost(rule.max));
    if (value < rule.min) this.add(member, String(value), valueAtLeast(rule.min));
  }

  /** A list is judged twice: its length, and all its elements together under one text that lists every element rule. */
  list(member: string, value: readonly string[] | undefined, rule: { max: number; min?: number; element: ElementRule }): void {
    if (value === undefined) return;
    const printed = `[${value.join(', ')}]`;
    if (value.length > rule.max) this.add(member, printed, lengthAtMost(rule.max));
    if (rule.min !== undefined && value.length < rule.min) this.add(member, printed, lengthAtLeast(rule.min));
    if (value.every((element) => rule.element.accepts(element))) return;
    this.add(member, printed, `Member must satisfy constraint: [${rule.element.texts.join(', ')}]`);
  }

  throwIfAny(): void {
    const count = this.#found.length;
    if (count === 0) return;
    throw new ApiError('ValidationException', `${violationsText(count)} detected: ${this.#found.join('; ')}`);
  }
}

export type ElementRule = { accepts: (element: string) => boolean; texts: readonly string[] };

/** The service's patterns hold for the whole value although they are written without anchors. */
export function matchesWhole(pattern: string, value: string): boolean {
  return wholePattern(pattern).test(value);
}

const compiled = new Map<string, RegExp>();

function wholePattern(pattern: string): RegExp {
  const known = compiled.get(pattern);
  if (known !== undefined) return known;
  const whole = new RegExp(`^(?:${pattern})$`, 's');
  compiled.set(pattern, whole);
  return whole;
}

function violationsText(count: number): string {
  return count === 1 ? '1 validation error' : `${count} validation errors`;
}
