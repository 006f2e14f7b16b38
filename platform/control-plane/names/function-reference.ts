/**
 * The grammar of function references and qualifiers: name, partial and full ARN.
 * Source: patterns in recorded messages of the real service (25 November 2025). There are two families, and they differ
 * in the dot of a name and in `$LATEST.PUBLISHED`.
 */
import {
  FUNCTION_NAME_CHARS_MAX,
  FUNCTION_REFERENCE_CHARS_MAX,
  NAMESPACED_REFERENCE_CHARS_MAX,
  QUALIFIER_CHARS_MAX,
} from '../limits.ts';
import { lengthAtMost, matchesWhole, mustMatch, type Violations } from '../input/violations.ts';

const LOCATION =
  '(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}:)?(\\d{12}:)?(function:)?';
/** Create, update and alias operations. */
export const REFERENCE_PATTERN_CREATE = `${LOCATION}([a-zA-Z0-9-_]+)(:(\\$LATEST|[a-zA-Z0-9-_]+))?`;
/** Get, delete and invoke operations. */
export const REFERENCE_PATTERN_GET = `${LOCATION}([a-zA-Z0-9-_\\.]+)(:(\\$LATEST(\\.PUBLISHED)?|[a-zA-Z0-9-_]+))?`;
export const QUALIFIER_PATTERN = '\\$(LATEST(\\.PUBLISHED)?)|[a-zA-Z0-9-_$]+';

export const LATEST = '$LATEST';

/** Written once more with names, because the recorded patterns have none; a test holds the two equal. */
const PARTS =
  /^(?:arn:(?:aws[a-zA-Z-]*)?:lambda:)?(?:(?<region>(?:eusc-)?[a-z]{2}(?:-gov|-iso[a-z]?)?-[a-z]+-\d):)?(?:(?<account>\d{12}):)?(?:function:)?(?<name>[a-zA-Z0-9-_.]+)(?::(?<qualifier>\$LATEST(?:\.PUBLISHED)?|[a-zA-Z0-9-_]+))?$/;

export type FunctionReference = {
  name: string;
  region: string | undefined;
  accountId: string | undefined;
  qualifier: string | undefined;
};

/** Takes a reference apart; undefined where it is none. */
export function parseFunctionReference(text: string): FunctionReference | undefined {
  const groups = PARTS.exec(text)?.groups;
  const name = groups?.['name'];
  if (groups === undefined || name === undefined) return undefined;
  return { name, region: groups['region'], accountId: groups['account'], qualifier: groups['qualifier'] };
}

export type ReferenceFamily = 'create' | 'update' | 'delete' | 'get';

const FAMILIES: Record<ReferenceFamily, { pattern: string; charsMax: number }> = {
  create: { pattern: REFERENCE_PATTERN_CREATE, charsMax: FUNCTION_REFERENCE_CHARS_MAX },
  update: { pattern: REFERENCE_PATTERN_CREATE, charsMax: FUNCTION_REFERENCE_CHARS_MAX },
  delete: { pattern: REFERENCE_PATTERN_GET, charsMax: FUNCTION_REFERENCE_CHARS_MAX },
  get: { pattern: REFERENCE_PATTERN_GET, charsMax: NAMESPACED_REFERENCE_CHARS_MAX },
};

/** Only creation reports length and pattern together; the others stop at the pattern (recorded). */
export function checkReference(violations: Violations, family: ReferenceFamily, reference: string): void {
  const { pattern, charsMax } = FAMILIES[family];
  const wellFormed = matchesWhole(pattern, reference);
  if (reference.length > charsMax && (wellFormed || family === 'create'))
    violations.add('functionName', reference, lengthAtMost(charsMax));
  if (!wellFormed) violations.add('functionName', reference, mustMatch(pattern));
}

export function checkQualifier(violations: Violations, qualifier: string | undefined): void {
  violations.string('qualifier', qualifier, { max: QUALIFIER_CHARS_MAX, min: 1, pattern: QUALIFIER_PATTERN });
}

/** A name too long for a new function, although it may be asked for (and is then not found). */
export function isNameTooLong(functionName: string): boolean {
  return functionName.length > FUNCTION_NAME_CHARS_MAX;
}

export function isVersionQualifier(qualifier: string): boolean {
  return /^[0-9]+$/.test(qualifier);
}

export function isAliasQualifier(qualifier: string): boolean {
  return /^[a-zA-Z0-9-_]+$/.test(qualifier) && !isVersionQualifier(qualifier);
}
