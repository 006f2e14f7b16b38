/** The configuration file of `rik dev`: JSON, checked member by member, so that a mistake is named with its place. */

import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { CONCURRENCY_MAX, FUNCTION_MEMORY_MIB_MAX, FUNCTION_MEMORY_MIB_MIN, FUNCTION_TIMEOUT_SECONDS_MAX } from '../../runtime-api/protocol/limits.ts';
import { APPLICATION_LOG_LEVELS, LOG_FORMATS, SYSTEM_LOG_LEVELS } from '../../runtime-api/protocol/telemetry.ts';
import { cliError } from '../errors.ts';
import { RUNTIME_PATTERN } from './managed-runtime.ts';
import { ENVIRONMENTS_MAX, INITIALIZATION_TYPES, LOG_LEVELS, PROCESS_OUTPUTS, PROFILES, URL_MODES, WHEN_BUSY } from './settings.ts';

const ORIGINS = z.array(z.string().min(1)).min(1);
const CORS = z.union([
  ORIGINS,
  z.strictObject({
    allowOrigins: ORIGINS,
    allowMethods: z.array(z.string()).optional(),
    allowHeaders: z.array(z.string()).optional(),
    exposeHeaders: z.array(z.string()).optional(),
    allowCredentials: z.boolean().optional(),
    maxAgeSeconds: z.number().int().min(0).max(86_400).optional(),
  }),
]);
export type FileCors = z.infer<typeof CORS>;

const FUNCTION = z.strictObject({
  /** Source: service model, pattern of `FunctionName`. */
  name: z.string().regex(/^[a-zA-Z0-9-_]{1,64}$/, 'a name has 1 to 64 letters, digits, - and _'),
  command: z.array(z.string().min(1)).min(1).optional(),
  code: z.string().min(1).optional(),
  runtime: z.string().regex(RUNTIME_PATTERN, 'a managed runtime is nodejs24.x, python3.11, java17 or a relative of these').optional(),
  handler: z.string().optional(),
  environment: z.record(z.string().regex(/^[a-zA-Z][a-zA-Z0-9_]+$/, 'a variable has a letter and then letters, digits and _'), z.string()).optional(),
  layersRoot: z.string().min(1).optional(),
  version: z.string().min(1).optional(),
  timeoutSeconds: z.number().positive().max(FUNCTION_TIMEOUT_SECONDS_MAX).optional(),
  memoryMiB: z.number().int().min(FUNCTION_MEMORY_MIB_MIN).max(FUNCTION_MEMORY_MIB_MAX).optional(),
  runtimeApi: z.string().optional(),
  initialization: z.enum(INITIALIZATION_TYPES).optional(),
  environments: z.number().int().min(1).max(ENVIRONMENTS_MAX).optional(),
  maxConcurrency: z.number().int().min(1).max(CONCURRENCY_MAX).optional(),
  whenBusy: z.enum(WHEN_BUSY).optional(),
  url: z.strictObject({ listen: z.string(), mode: z.enum(URL_MODES).optional(), cors: CORS.optional() }).optional(),
  logging: z
    .strictObject({ format: z.enum(LOG_FORMATS).optional(), applicationLevel: z.enum(APPLICATION_LOG_LEVELS).optional(), systemLevel: z.enum(SYSTEM_LOG_LEVELS).optional() })
    .optional(),
  logFrames: z.boolean().optional(),
  streamPacing: z.boolean().optional(),
  spawn: z.boolean().optional(),
  watch: z.boolean().optional(),
  debugger: z.boolean().optional(),
});
export type FileFunction = z.infer<typeof FUNCTION>;

const FILE = z.strictObject({
  $schema: z.string().optional(),
  listen: z.string().optional(),
  profile: z.enum(PROFILES).optional(),
  cors: CORS.optional(),
  logLevel: z.enum(LOG_LEVELS).optional(),
  eventRetries: z.number().int().min(0).max(2).optional(),
  eventRetrySeconds: z.number().int().min(0).max(3600).optional(),
  processOutput: z.enum(PROCESS_OUTPUTS).optional(),
  functions: z.array(FUNCTION).min(1),
});

/** Paths in it are relative to `folder`, the file's own. */
export type ConfigurationFile = z.infer<typeof FILE> & { folder: string };

export function readConfigurationFile(path: string): ConfigurationFile {
  const absolute = resolve(path);
  const parsed = FILE.safeParse(readJson(path, absolute));
  if (!parsed.success) throw unusable(path, parsed.error.issues.map(describeIssue), parsed.error);
  const names = parsed.data.functions.map(({ name }) => name);
  const repeated = names.findIndex((name, index) => names.indexOf(name) !== index);
  if (repeated !== -1) throw unusable(path, [`functions[${repeated}].name: another function is called ${names[repeated]}`]);
  return { ...parsed.data, folder: dirname(absolute) };
}

function readJson(path: string, absolute: string): unknown {
  let text: string;
  try {
    text = readFileSync(absolute, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    throw unusable(path, [code === 'ENOENT' ? 'there is no such file' : code === 'EISDIR' ? 'it is a folder' : 'it cannot be read'], error);
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw unusable(path, [`it is no JSON: ${error instanceof Error ? error.message : ''}`], error);
  }
}

function unusable(path: string, problems: readonly string[], cause?: unknown): Error {
  const [first = '', ...others] = problems;
  const more = others.length === 0 ? '' : `; and ${others.slice(0, 3).join('; and ')}${others.length > 3 ? `; and ${others.length - 3} more` : ''}`;
  return cliError('cli/usage', `${path} cannot be used: ${first}${more}`, { hint: 'docs/dev.md lists the members of the file', cause });
}

function describeIssue(issue: z.core.$ZodIssue): string {
  const place = placeOf(issue.path);
  // Of the alternatives of a union the one that fits best says most: here the last one, the object.
  if (issue.code === 'invalid_union') {
    const inner = issue.errors.at(-1)?.[0];
    return inner === undefined ? `${place}: ${issue.message}` : describeIssue({ ...inner, path: [...issue.path, ...inner.path] });
  }
  return `${place === '' ? 'the file' : place}: ${issue.message}`;
}

/** `functions[1].url.listen`. */
function placeOf(path: readonly PropertyKey[]): string {
  return path.map((step) => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`)).join('').replace(/^\./, '');
}
