/** Which client serves which runtime identifiers. */
export const RUNTIME_FAMILY_OF_PREFIX = [
  { prefix: 'nodejs', family: 'nodejs' },
  { prefix: 'python', family: 'python' },
  { prefix: 'java', family: 'java' },
  { prefix: 'provided', family: 'provided' },
] as const;
