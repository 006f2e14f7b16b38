/**
 * The bench's own measuring programs. In C where the system has a compiler (built once by content into a cache folder),
 * otherwise in Node over raw sockets, which is the bottleneck from about 10,000 exchanges per second and says so.
 */
import { createHash } from 'node:crypto';
import { access, constants, mkdir, readFile, rename } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { runProcess } from './processes.ts';
import { REPOSITORY_FOLDER } from './repository-folder.ts';

const BENCH_FOLDER = join(REPOSITORY_FOLDER, 'bench');
const NATIVE_PROGRAMS = ['load-generator', 'bootstrap', 'floor-broker', 'time-command', 'enter-root'] as const;
const COMPILER_FLAGS = ['-O2', '-Wall', '-pthread'];
const COMPILE_LIMIT_MS = 60_000;

type Program = (typeof NATIVE_PROGRAMS)[number];

/** Start commands of the measuring programs. The last three exist only in C. */
export type Tools = {
  kind: 'native' | 'portable';
  loadGenerator: string[];
  bootstrap: string[];
  floorBroker: string[] | undefined;
  timeCommand: string[] | undefined;
  enterRoot: string[] | undefined;
  /** What the reader of the figures must know about these tools. */
  notes: string[];
};

export async function prepareTools(options: { cacheFolder: string; searchPath: string }): Promise<Tools> {
  const compiler = await findProgram(['cc', 'gcc', 'clang'], options.searchPath);
  if (process.platform !== 'linux') return portableTools('the programs in C are for Linux');
  if (compiler === undefined) return portableTools('there is no C compiler on the PATH');
  try {
    const built = await Promise.all(NATIVE_PROGRAMS.map(async (name) => [name, await compile(compiler, name, options.cacheFolder)] as const));
    const path = (wanted: Program): string[] => built.filter(([name]) => name === wanted).map(([, binary]) => binary);
    return {
      kind: 'native',
      loadGenerator: path('load-generator'),
      bootstrap: path('bootstrap'),
      floorBroker: path('floor-broker'),
      timeCommand: path('time-command'),
      enterRoot: path('enter-root'),
      notes: [],
    };
  } catch (error) {
    return portableTools(`the C compiler failed: ${error instanceof Error ? error.message : String(error)}`);
  }
}

export function portableTools(reason: string): Tools {
  const script = (name: string): string[] => [process.execPath, join(BENCH_FOLDER, 'portable', name)];
  return {
    kind: 'portable',
    loadGenerator: script('load-generator.ts'),
    bootstrap: script('bootstrap.ts'),
    floorBroker: undefined,
    timeCommand: undefined,
    enterRoot: undefined,
    notes: [`${reason}: load and bootstrap are Node programs and are themselves the bottleneck, so ratios come out too near 1 and there is no floor`],
  };
}

/** The first of the names that is an executable file in the search path. */
export async function findProgram(names: readonly string[], searchPath: string): Promise<string | undefined> {
  for (const name of names) {
    for (const folder of searchPath.split(delimiter).filter((part) => part !== '')) {
      if (await isExecutable(join(folder, name))) return join(folder, name);
    }
  }
  return undefined;
}

export async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

/** Several runs may compile at once: each writes a file of its own and moves it into place whole. */
async function compile(compiler: string, name: Program, cacheFolder: string): Promise<string> {
  const source = join(BENCH_FOLDER, 'native', `${name}.c`);
  const header = join(BENCH_FOLDER, 'native', 'http-message.h');
  const content = createHash('sha256').update([compiler, ...COMPILER_FLAGS].join('\0'));
  for (const path of [source, header]) content.update(await readFile(path));
  const binary = join(cacheFolder, `${name}-${content.digest('hex').slice(0, 16)}`);
  if (await isExecutable(binary)) return binary;
  await mkdir(cacheFolder, { recursive: true });
  const temporary = `${binary}.${process.pid}`;
  const { status, stderr } = await runProcess([compiler, ...COMPILER_FLAGS, '-o', temporary, source], { timeLimitMs: COMPILE_LIMIT_MS });
  if (status !== 0) throw new Error(`${name}.c: ${stderr.split('\n').find((line) => line.includes('error')) ?? `status ${status}`}`);
  await rename(temporary, binary);
  return binary;
}
