/** Compares what a case saw with what it accepts. The rows are data: a report prints them as they stand. */
import type { Accepts, Observation, Profile } from './case.ts';

const MATCHER = Symbol('matcher');

/** Stands in a row for a value that is not one fixed value. */
export type Matcher = { [MATCHER]: true; description: string; accepts: (value: unknown, tolerance: number) => boolean };

function matcher(description: string, accepts: Matcher['accepts']): Matcher {
  return { [MATCHER]: true, description, accepts };
}

/** The member must not be there. */
export const absent: Matcher = matcher('absent', (value) => value === undefined);

/** The member must be there, whatever it is. */
export const present: Matcher = matcher('present', (value) => value !== undefined && value !== '');

export function between(minimum: number, maximum: number): Matcher {
  return matcher(`${minimum} to ${maximum}`, (value) => typeof value === 'number' && value >= minimum && value <= maximum);
}

/** A time span. `--tolerance` widens it upwards: a busy machine is late, never early. */
export function milliseconds(minimum: number, maximum: number): Matcher {
  return matcher(
    `${minimum} to ${maximum} ms`,
    (value, tolerance) => typeof value === 'number' && value >= minimum && value <= minimum + (maximum - minimum) * tolerance,
  );
}

export function containing(part: string): Matcher {
  return matcher(`text containing ${JSON.stringify(part)}`, (value) => typeof value === 'string' && value.includes(part));
}

export function anyOf(...values: readonly unknown[]): Matcher {
  return matcher(`any of ${values.map(describeExpected).join(', ')}`, (value, tolerance) => values.some((row) => matches(row, value, tolerance)));
}

export function rowsFor(accepts: Accepts, profile: Profile): readonly Observation[] {
  return isRows(accepts) ? accepts : accepts[profile];
}

function isRows(accepts: Accepts): accepts is readonly Observation[] {
  return Array.isArray(accepts);
}

export function isAccepted(rows: readonly Observation[], observed: Observation, tolerance = 1): boolean {
  return rows.some((row) => matches(row, observed, tolerance));
}

function matches(expected: unknown, value: unknown, tolerance: number): boolean {
  if (isMatcher(expected)) return expected.accepts(value, tolerance);
  if (expected instanceof RegExp) return typeof value === 'string' && expected.test(value);
  if (Array.isArray(expected)) {
    return Array.isArray(value) && value.length === expected.length && expected.every((entry, index) => matches(entry, value[index], tolerance));
  }
  if (typeof expected === 'object' && expected !== null) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
    const members = new Map<string, unknown>(Object.entries(value));
    return Object.entries(expected).every(([name, entry]) => matches(entry, members.get(name), tolerance));
  }
  return Object.is(expected, value);
}

function isMatcher(value: unknown): value is Matcher {
  return typeof value === 'object' && value !== null && MATCHER in value;
}

/** One line, close to JSON; patterns and spans as they read in the source. */
export function describeExpected(value: unknown): string {
  if (isMatcher(value)) return `<${value.description}>`;
  if (value instanceof RegExp) return String(value);
  if (Array.isArray(value)) return `[${value.map(describeExpected).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    return `{ ${Object.entries(value).map(([name, entry]) => `${name}: ${describeExpected(entry)}`).join(', ')} }`;
  }
  return JSON.stringify(value) ?? 'undefined';
}
