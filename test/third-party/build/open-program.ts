/**
 * A built third-party program, from the cache or built now. The cache is in the state folder, `third-party/<name>-<key>`; the key covers
 * the sources, the steps and the tools' versions. A build happens in a folder of its own and is renamed in, so that nobody sees half of
 * one. Of two processes that want the same, one builds and the other waits (`build-lock.ts`).
 */
import { createHash, randomBytes } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join, relative } from 'node:path';
import { execa } from 'execa';
import { machineStateFolder, REPOSITORY } from '../../support/runtime-images.ts';
import { isAlive, withBuildLock } from './build-lock.ts';
import { PROGRAMS, type Program, type ProgramName, type Step } from './programs.ts';

export type OpenedProgram = { folder: string; wasBuilt: boolean } | { folder: undefined; reason: string };

const SOURCES = join(REPOSITORY, 'test', 'third-party', 'programs');
const STEP_LIMIT_MS = 600_000;
const VERSION_LIMIT_MS = 60_000;
const REASON_LINES = 12;
const REASON_CHARACTERS_MAX = 300;
/** A registry that did not answer is not asked again at once by every test file. */
const UNAVAILABLE_MS = 600_000;

/** Rejects when a compilation fails; whatever this machine or its network cannot do is a reason. */
export async function openProgram(name: ProgramName): Promise<OpenedProgram> {
  const program = PROGRAMS.find((each) => each.name === name);
  if (program === undefined) throw new Error(`there is no program ${name}`);
  const tools = await examineTools(program);
  if (tools.missing !== undefined) return { folder: undefined, reason: tools.missing };
  const parent = join(machineStateFolder(), 'third-party');
  const folder = join(parent, `${name}-${cacheKey(program, tools.versions)}`);
  if (existsSync(folder)) return { folder, wasBuilt: false };
  mkdirSync(parent, { recursive: true });
  return withBuildLock(join(parent, `${name}.lock`), async () => {
    if (existsSync(folder)) return { folder, wasBuilt: false };
    const known = readUnavailable(folder);
    if (known !== undefined) return { folder: undefined, reason: known };
    removeAbandoned(parent);
    const building = join(parent, `building-${name}-${process.pid}-${randomBytes(4).toString('hex')}`);
    try {
      const reason = await build(program, building);
      if (reason === undefined) moveIn(building, folder);
      else writeFileSync(unavailableFile(folder), reason);
      return reason === undefined ? { folder, wasBuilt: true } : { folder: undefined, reason };
    } finally {
      rmSync(building, { recursive: true, force: true });
    }
  });
}

function unavailableFile(folder: string): string {
  return `${folder}.unavailable`;
}

function readUnavailable(folder: string): string | undefined {
  const status = statSync(unavailableFile(folder), { throwIfNoEntry: false });
  return status === undefined || Date.now() - status.mtimeMs > UNAVAILABLE_MS ? undefined : readFileSync(unavailableFile(folder), 'utf8');
}

/** Builders that were killed could not remove theirs. */
function removeAbandoned(parent: string): void {
  for (const name of readdirSync(parent)) {
    const pid = /^building-[a-z]+-(\d+)-/.exec(name)?.[1];
    if (pid !== undefined && !isAlive(Number(pid))) rmSync(join(parent, name), { recursive: true, force: true });
  }
}

type Tools = { versions: string[]; missing: string | undefined };

async function examineTools({ tools }: Program): Promise<Tools> {
  const versions: string[] = [];
  for (const { command, versionAtLeast, from } of tools) {
    const end = await run(command, process.cwd(), {}, VERSION_LIMIT_MS);
    if (end.failed) return { versions, missing: `no ${command.slice(0, -1).join(' ')} here (${from})` };
    const [, major = 0, minor = 0] = (/(\d+)\.(\d+)/.exec(end.output) ?? []).map(Number);
    const [wantedMajor, wantedMinor] = versionAtLeast ?? [0, 0];
    if (major < wantedMajor || (major === wantedMajor && minor < wantedMinor)) {
      return { versions, missing: `${command[0]} ${major}.${minor} is older than ${wantedMajor}.${wantedMinor}` };
    }
    versions.push(end.output);
  }
  return { versions, missing: undefined };
}

function cacheKey(program: Program, versions: readonly string[]): string {
  const hash = createHash('sha256').update(JSON.stringify([program, versions, process.version, process.arch]));
  const folder = join(SOURCES, program.name);
  const paths = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name)).sort();
  for (const path of paths) hash.update(`\0${relative(folder, path)}\0`).update(readFileSync(path));
  return hash.digest('hex').slice(0, 16);
}

/** Why what it needs cannot be fetched; undefined when it is built. */
async function build(program: Program, folder: string): Promise<string | undefined> {
  cpSync(join(SOURCES, program.name), folder, { recursive: true });
  for (const step of program.steps) {
    const end = await runStep(step, folder);
    if (!end.failed) continue;
    const text = `${step.command.join(' ')} failed: ${end.output.trim().split('\n').slice(-REASON_LINES).join('\n')}`;
    if (step.kind === 'compile') throw new Error(text);
    return text.replaceAll(/\s+/g, ' ').slice(0, REASON_CHARACTERS_MAX);
  }
  if (program.keeps !== undefined) keepOnly(folder, program.keeps);
  return undefined;
}

function runStep({ command, variables = {} }: Step, folder: string): Promise<{ failed: boolean; output: string }> {
  return run(command, folder, variables, STEP_LIMIT_MS);
}

async function run(command: readonly string[], cwd: string, variables: Readonly<Record<string, string>>, limitMs: number): Promise<{ failed: boolean; output: string }> {
  const [program = '', ...args] = command;
  const PATH = [dirname(process.execPath), process.env['PATH'] ?? ''].join(delimiter);
  const end = await execa(program, args, { cwd, env: { ...variables, PATH }, all: true, reject: false, timeout: limitMs, stdin: 'ignore' });
  return { failed: end.failed, output: end.all === '' ? (end.shortMessage ?? '') : end.all };
}

/** What Cargo leaves beside its two programs is several times their size. */
function keepOnly(folder: string, paths: readonly string[]): void {
  const aside = join(folder, 'kept');
  mkdirSync(aside);
  for (const path of paths) renameSync(join(folder, path), join(aside, path.split('/').at(-1) ?? path));
  for (const name of readdirSync(folder)) if (name !== 'kept') rmSync(join(folder, name), { recursive: true });
  for (const name of readdirSync(aside)) renameSync(join(aside, name), join(folder, name));
  rmSync(aside, { recursive: true });
}

/** Somebody else may have been faster; theirs is the same. */
function moveIn(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if (!existsSync(to)) throw error;
  }
}
