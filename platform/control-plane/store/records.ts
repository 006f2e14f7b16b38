/** What is stored of a function. Records are immutable values; a stored one is believed only after its schema has spoken. */
import { z } from 'zod';
import { LIFECYCLE_STATES } from '../lifecycle/state-machine.ts';
import { controlPlaneError } from '../errors.ts';

const loggingSchema = z.object({
  format: z.enum(['Text', 'JSON']),
  group: z.string(),
  /** Levels exist with JSON only. */
  applicationLevel: z.string().optional(),
  systemLevel: z.string().optional(),
});

/** Everything that a caller configures and that a version would freeze, except the code. */
const settingsSchema = z.object({
  runtime: z.string(),
  handler: z.string(),
  role: z.string(),
  description: z.string(),
  timeoutSeconds: z.int(),
  memoryMiB: z.int(),
  ephemeralStorageMiB: z.int(),
  architecture: z.enum(['x86_64', 'arm64']),
  /** Pairs, because a variable's order is shown again and its name may be any property name. Absent where never given. */
  environment: z.array(z.tuple([z.string(), z.string()])).optional(),
  deadLetterTargetArn: z.string().optional(),
  tracingMode: z.enum(['PassThrough', 'Active']),
  snapStartApplyOn: z.enum(['None', 'PublishedVersions']),
  logging: loggingSchema,
  /** An empty configuration was given once; it is then shown as empty lists. */
  vpcDetached: z.literal(true).optional(),
  /** Absent where no image of the runtime was found. */
  runtimeVersionArn: z.string().optional(),
});

/** One generation: settings and code that come into force together. */
const generationSchema = z.object({
  generation: z.uuid(),
  settings: settingsSchema,
  /** SHA-256 of the zip, hexadecimal: the key of the code store. */
  codeDigest: z.string().regex(/^[0-9a-f]{64}$/),
  codeSizeBytes: z.int().positive(),
});

const functionRecordSchema = z.object({
  functionName: z.string(),
  createdEpochMs: z.number(),
  tags: z.array(z.tuple([z.string(), z.string()])),
  revisionId: z.uuid(),
  lastModifiedEpochMs: z.number(),
  state: z.enum(LIFECYCLE_STATES),
  failure: z.object({ reason: z.string(), reasonCode: z.string() }).optional(),
  /** What was asked for last. */
  current: generationSchema,
  /** What is served; absent until the function was ready once. */
  inForce: generationSchema.optional(),
});

export type LoggingSettings = z.infer<typeof loggingSchema>;
export type FunctionSettings = z.infer<typeof settingsSchema>;
export type Generation = z.infer<typeof generationSchema>;
export type FunctionRecord = z.infer<typeof functionRecordSchema>;

export function parseRecord(json: string): FunctionRecord {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (cause) {
    throw controlPlaneError('control-plane/record-unreadable', 'a stored function record is not JSON', { cause });
  }
  const parsed = functionRecordSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw controlPlaneError('control-plane/record-unreadable', 'a stored function record does not fit its schema', {
    hint: 'start the version of rik that wrote this state folder, or delete the function there',
    detail: { issues: parsed.error.issues },
  });
}

/** Digests of all code that a record needs: the generation asked for and the one served. */
export function codeDigestsOf(record: FunctionRecord): string[] {
  const digests = [record.current.codeDigest];
  if (record.inForce !== undefined) digests.push(record.inForce.codeDigest);
  return digests;
}
