/**
 * The shape of a life-cycle table and its invariants. Dates are UTC calendar days, null where none is announced.
 * A table is data: it comes from a file or a registry write and is believed only after `parsePolicy`.
 */
import { z } from 'zod';
import { policyError } from './errors.ts';

const isoDay = z.iso.date();

const entrySchema = z
  .strictObject({
    identifier: z.string().regex(/^[a-z][a-z0-9.-]*$/),
    family: z.enum(['nodejs', 'python', 'java', 'dotnet', 'ruby', 'go', 'provided']),
    deprecation: isoDay.nullable(),
    blockCreate: isoDay.nullable(),
    blockUpdate: isoDay.nullable(),
    /** Named by the owner but not open to everybody: refused like an unknown identifier, listed as known. */
    preview: z.literal(true).optional(),
    /** Exists as a base image only, never as the `Runtime` of a zip function. */
    imageOnly: z.literal(true).optional(),
    /** Old rows in which creation was blocked before deprecation; the order rule below is younger than they are. */
    blockedBeforeDeprecation: z.literal(true).optional(),
  })
  .superRefine((entry, context) => {
    const ordered: [string, string | null, string, string | null][] = [
      ['blockCreate', entry.blockCreate, 'blockUpdate', entry.blockUpdate],
      ['deprecation', entry.deprecation, 'blockUpdate', entry.blockUpdate],
    ];
    if (entry.blockedBeforeDeprecation === undefined)
      ordered.push(['deprecation', entry.deprecation, 'blockCreate', entry.blockCreate]);
    for (const [earlierName, earlier, laterName, later] of ordered) {
      if (earlier === null || later === null || earlier <= later) continue;
      context.addIssue({ code: 'custom', message: `${entry.identifier}: ${earlierName} is after ${laterName}` });
    }
  });

const policySchema = z
  .strictObject({
    runtimes: z.array(entrySchema).min(1),
    /** Identifiers that the service once listed as known although nobody could use them. */
    internalIdentifiers: z.array(z.string()),
  })
  .superRefine((policy, context) => {
    const seen = new Set<string>();
    for (const { identifier } of policy.runtimes) {
      if (seen.has(identifier)) context.addIssue({ code: 'custom', message: `${identifier} is listed twice` });
      seen.add(identifier);
    }
  });

export type LifecycleEntry = z.infer<typeof entrySchema>;
export type LifecyclePolicy = z.infer<typeof policySchema>;

/** Checks a table; fails with `policy/table-invalid`, naming every row at fault. */
export function parsePolicy(table: unknown): LifecyclePolicy {
  const parsed = policySchema.safeParse(table);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'table'}: ${issue.message}`);
  throw policyError('policy/table-invalid', `the runtime life-cycle table is invalid: ${problems.join('; ')}`, {
    hint: 'correct the rows named; deprecation ≤ blockCreate ≤ blockUpdate must hold in each',
  });
}
