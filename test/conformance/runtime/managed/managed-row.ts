/**
 * Cases about managed runtimes are rows: the files of a function, one event or several, and what is seen. A row's language
 * says how its files are called; the one function here plays it.
 */
import type { Level, Observation } from '../../case.ts';
import { at, listAt, readJson, textAt } from '../../json.ts';
import { nowMs } from '../../kit/now.ts';
import { shown } from '../../kit/recorder.ts';
import { seenExit } from '../kit/seen.ts';
import type { RuntimeSetup } from '../kit/setup.ts';
import { PATHS } from '../kit/trial.ts';
import type { EventOptions, Outcome, RuntimeTrial } from '../kit/trial.ts';
import type { ManagedFeature, RuntimeCase, RuntimeNeed } from '../runtime-case.ts';

export type ManagedRow = {
  id: string;
  ref: string;
  title: string;
  level?: Level;
  /** Beside the language's own feature, or instead of it where it stands for a generation. */
  needs?: readonly RuntimeNeed[];
  files: Readonly<Record<string, string | Buffer>>;
  handler?: string;
  variables?: Readonly<Record<string, string>>;
  framedLog?: true;
  /** Bodies of the events, one invocation each; `{}` once when absent. Their ids are r1, r2, … */
  events?: readonly (string | Buffer)[];
  headers?: EventOptions['headers'];
  /** Headers by the number of the event, over `headers`. */
  headersOf?: readonly (EventOptions['headers'] | undefined)[];
  /** The process is expected to end after its first outcome, and is waited for. */
  ends?: true;
  /** It is seen whether the runtime asks for another event afterwards. */
  goesOn?: true;
  /** The first next is answered with 500. */
  nextFails?: true;
  /** restore/next is answered when it comes. */
  restores?: true;
  /** Something that must be in the output; becomes `isLogged`. */
  logs?: RegExp;
  /** Something that must not be there at the end; becomes `isLoggedToo`. */
  logsNot?: RegExp;
  /** How long an outcome may take where none is expected; becomes `isSilent`. */
  silentMs?: number;
  accepts: readonly Observation[];
};

export type Family = { language: ManagedFeature; handler: string; source: string };

const LOG_LIMIT_MS = 3_000;

export function managedCases(family: Family, rows: readonly ManagedRow[]): RuntimeCase[] {
  return rows.map((row) => ({
    id: row.id,
    ref: row.ref,
    title: row.title,
    source: family.source,
    level: row.level ?? 'required',
    needs: [family.language, 'process', ...(row.needs ?? [])],
    setup: setupOf(row, family),
    accepts: row.accepts,
    run: (t) => play(t, row),
  }));
}

function setupOf(row: ManagedRow, family: Family): RuntimeSetup {
  return {
    files: row.files,
    handler: row.handler ?? family.handler,
    ...(row.variables === undefined ? {} : { variables: row.variables }),
    ...(row.framedLog === undefined ? {} : { framedLog: true }),
  };
}

async function play(t: RuntimeTrial, row: ManagedRow): Promise<Observation> {
  if (row.restores === true) void t.call(({ path }) => path === PATHS.restoreNext, 'restore/next').then((call) => call.reply({ status: 200 }), () => undefined);
  const begin = await beginning(t);
  const seen = begin === 'next' ? await invocations(t, row) : await initialisation(t, begin);
  return { ...seen, ...(await outputs(t, row)) };
}

/** What comes first: next, a report of a failed initialisation, or the end. */
async function beginning(t: RuntimeTrial): Promise<'next' | 'report' | 'exit'> {
  const report = t.call(({ path }) => path === PATHS.initError || path === PATHS.restoreError, 'a report', 20_000).then(
    (call) => {
      call.isTaken = false;
      return 'report' as const;
    },
    () => undefined,
  );
  const first = await Promise.race([report, t.pollOrExit().then((found) => (found === 'next' ? ('next' as const) : ('exit' as const)))]);
  if (first !== 'exit') return first ?? 'exit';
  return t.count(({ path }) => path === PATHS.initError || path === PATHS.restoreError) > 0 ? 'report' : 'exit';
}

async function initialisation(t: RuntimeTrial, begin: 'report' | 'exit'): Promise<Observation> {
  if (begin === 'exit') return { kind: 'init-exit', status: seenExit(await t.exit()) };
  const call = await t.call(({ path }) => path === PATHS.initError || path === PATHS.restoreError, 'the report');
  const message = await call.whole();
  const exit = await t.exit();
  const json = readJson(message.body);
  return {
    kind: call.path === PATHS.initError ? 'init' : 'restore-error',
    header: call.headers.get('lambda-runtime-function-error-type'),
    ...errorMembers(json),
    body: shown(message.body),
    status: seenExit(exit),
  };
}

async function invocations(t: RuntimeTrial, row: ManagedRow): Promise<Observation> {
  if (row.nextFails === true) {
    await (await t.poll()).reply({ status: 500, headers: { 'Content-Type': 'application/json' }, body: '{"errorMessage":"failed for the case","errorType":"ContainerError"}' });
    const exit = await t.exit();
    const report = t.calls.find(({ path }) => path === PATHS.initError);
    return { kind: 'exit', status: seenExit(exit), posts: report === undefined ? 0 : 1 };
  }
  const seen: Observation[] = [];
  for (const [index, body] of (row.events ?? ['{}']).entries()) {
    const headers = { ...row.headers, ...row.headersOf?.[index] };
    const requestId = `r${index + 1}`;
    await t.deliver(await t.poll(), { body, requestId, headers });
    if (row.silentMs !== undefined) return silence(t, requestId, row.silentMs);
    const outcome = await t.outcome(requestId);
    seen.push(await outcomeMembers(t, outcome));
    if (outcome.kind === 'exit') break;
  }
  const [first = {}] = seen;
  const list = seen.length > 1 ? { bodies: seen.map((one) => one['body']), kinds: seen.map((one) => one['kind']) } : {};
  const ended = row.ends === true ? { status: seenExit(await t.exit()) } : {};
  const after = row.goesOn === true ? await t.pollOrExit() : undefined;
  return { ...first, ...list, ...ended, ...(after === undefined ? {} : { after: after === 'next' ? after : seenExit(after) }) };
}

async function silence(t: RuntimeTrial, requestId: string, silentMs: number): Promise<Observation> {
  const path = `/invocation/${requestId}/`;
  await t.pause(silentMs);
  return { isSilent: t.process.ended === undefined && t.count((call) => call.path.includes(path) && call.isWhole) === 0 };
}

async function outcomeMembers(t: RuntimeTrial, outcome: Outcome): Promise<Observation> {
  const { kind, message, exit, json, text } = outcome;
  if (exit !== undefined) return { kind, status: seenExit(exit), posts: t.count(({ method }) => method === 'POST') };
  await outcome.call?.answered;
  const trailer = message?.trailers.get('lambda-runtime-function-error-body');
  return {
    kind,
    body: text.length > 4_000 ? shown(Buffer.from(text)) : text,
    bytes: message?.body.toString('hex').slice(0, 400),
    contentType: message?.headers.get('content-type'),
    mode: message?.headers.get('lambda-runtime-function-response-mode'),
    header: message?.headers.get('lambda-runtime-function-error-type'),
    xray: message?.headers.get('lambda-runtime-function-xray-error-cause'),
    ...(kind === 'error' ? errorMembers(json) : {}),
    ...(trailer === undefined ? {} : { trailerType: message?.trailers.get('lambda-runtime-function-error-type'), trailer: readJson(Buffer.from(trailer, 'base64')) }),
  };
}

function errorMembers(json: unknown): Observation {
  const stack = listAt(json, 'trace').length > 0 ? listAt(json, 'trace') : listAt(json, 'stackTrace');
  return { errorType: textAt(json, 'errorType'), errorMessage: textAt(json, 'errorMessage'), stack, top: stack[0], requestId: at(json, 'requestId') };
}

async function outputs(t: RuntimeTrial, row: ManagedRow): Promise<Observation> {
  const { logs, logsNot } = row;
  if (logs !== undefined) await until(() => logs.test(t.output));
  // The pipe of the frames may be a moment behind the socket.
  const framesAwaited = Math.max(0, ...row.accepts.map((accepted) => (Array.isArray(accepted['frames']) ? accepted['frames'].length : 0)));
  if (row.framedLog === true) await until(() => readFrames(Buffer.concat(t.process.frames)).length >= framesAwaited);
  const frames = row.framedLog === true ? { frames: readFrames(Buffer.concat(t.process.frames)) } : {};
  return {
    ...(logs === undefined ? {} : { isLogged: logs.test(t.output) }),
    ...(logsNot === undefined ? {} : { isLoggedToo: logsNot.test(t.output) }),
    ...(logs === undefined && logsNot === undefined ? {} : { output: shown(Buffer.from(t.output)) }),
    ...frames,
  };
}

async function until(condition: () => boolean): Promise<void> {
  const endAtMs = nowMs() + LOG_LIMIT_MS;
  while (!condition() && nowMs() < endAtMs) await new Promise((resolve) => setTimeout(resolve, 10));
}

/** Header of 16 bytes (type, length, microseconds), then the text. */
function readFrames(bytes: Buffer): { type: string; text: string }[] {
  const frames: { type: string; text: string }[] = [];
  for (let offset = 0; offset + 16 <= bytes.length; ) {
    const length = bytes.readUInt32BE(offset + 4);
    frames.push({ type: bytes.toString('hex', offset, offset + 4), text: bytes.toString('utf8', offset + 16, offset + 16 + length) });
    offset += 16 + length;
  }
  return frames;
}
