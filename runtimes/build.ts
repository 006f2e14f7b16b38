/**
 * Makes `<outDir>/<family>`: exactly what goes into `/var/runtime` of an image of that family. What is up to date by
 * content is left alone; the Java compiler runs only when a Java source changed.
 */
import { chmod, copyFile, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { listFiles, makeCachedFolder } from './build-cache.ts';
import { compileJava, packJar } from './java-build.ts';

export type BuildRuntimeClientsOptions = {
  outDir: string;
  /** Program or path; default: the `javac` on the PATH. */
  javaCompiler?: string;
  /** Only these; default: all. */
  families?: readonly RuntimeFamily[];
};

export type BuiltRuntimeClient = {
  family: RuntimeFamily;
  dir: string;
  /** False when it was up to date. */
  built: boolean;
};

/** Java last, because it alone needs a tool that may be missing. */
const RUNTIME_FAMILIES = ['nodejs', 'python', 'provided', 'java'] as const;
export type RuntimeFamily = (typeof RUNTIME_FAMILIES)[number];

type Recipe = {
  inputFiles: () => Promise<string[]>;
  inputWords?: () => Promise<string[]>;
  make: (folder: string, options: BuildRuntimeClientsOptions) => Promise<void>;
};

const SOURCES = import.meta.dirname;
/** A change of how things are built is a change of the result. */
const BUILDER_FILES = ['build.ts', 'build-cache.ts', 'java-build.ts'].map((name) => join(SOURCES, name));

const RECIPES: Record<RuntimeFamily, Recipe> = {
  nodejs: {
    inputFiles: async () => [...(await listFiles(join(SOURCES, 'node'))), ...(await listFiles(join(dirname(SOURCES), 'runtime-api', 'protocol')))],
    inputWords: async () => [`esbuild ${await esbuildVersion()}`],
    make: bundleNode,
  },
  python: { inputFiles: () => listFiles(join(SOURCES, 'python')), make: copyPython },
  provided: { inputFiles: async () => [], make: async () => undefined },
  java: { inputFiles: () => listFiles(join(SOURCES, 'java')), make: compileAndPackJava },
};

/** Fails with `runtimes/compiler-missing` when Java has to be compiled and cannot be. */
export async function buildRuntimeClients(options: BuildRuntimeClientsOptions): Promise<BuiltRuntimeClient[]> {
  const results: BuiltRuntimeClient[] = [];
  for (const family of options.families ?? RUNTIME_FAMILIES) {
    const recipe = RECIPES[family];
    const dir = join(options.outDir, family);
    const built = await makeCachedFolder({
      folder: dir,
      inputFiles: [...BUILDER_FILES, ...(await recipe.inputFiles())],
      inputWords: (await recipe.inputWords?.()) ?? [],
      make: (folder) => recipe.make(folder, options),
    });
    results.push({ family, dir, built });
  }
  return results;
}

async function bundleNode(folder: string): Promise<void> {
  // Loaded here, so that a build with nothing to do does not pay for it.
  const { build } = await import('esbuild');
  await build({
    entryPoints: [join(SOURCES, 'node', 'bootstrap.ts')],
    outfile: join(folder, 'index.mjs'),
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    legalComments: 'none',
    logLevel: 'error',
  });
  await chmod(join(folder, 'index.mjs'), 0o644);
  await copyBootstrap('node', folder);
}

async function copyPython(folder: string): Promise<void> {
  const source = join(SOURCES, 'python');
  for (const file of await listFiles(source)) {
    if (!file.endsWith('.py')) continue;
    const target = join(folder, relative(source, file));
    await mkdir(dirname(target), { recursive: true, mode: 0o755 });
    await copyFile(file, target);
    await chmod(target, 0o644);
  }
  await copyBootstrap('python', folder);
}

async function compileAndPackJava(folder: string, options: BuildRuntimeClientsOptions): Promise<void> {
  const classFolder = await mkdtemp(join(tmpdir(), 'rik-java-'));
  try {
    const sourceFiles = (await listFiles(join(SOURCES, 'java'))).filter((file) => file.endsWith('.java'));
    await compileJava({ sourceFiles, classFolder, javaCompiler: options.javaCompiler });
    await mkdir(join(folder, 'lib'), { mode: 0o755 });
    await packJar({ classFolder, jarPath: join(folder, 'lib', 'rik-runtime.jar') });
  } finally {
    await rm(classFolder, { recursive: true, force: true });
  }
  await copyBootstrap('java', folder);
}

async function copyBootstrap(sourceFolder: string, folder: string): Promise<void> {
  const target = join(folder, 'bootstrap');
  await copyFile(join(SOURCES, sourceFolder, 'bootstrap.sh'), target);
  await chmod(target, 0o755);
}

async function esbuildVersion(): Promise<string> {
  const text = await readFile(createRequire(import.meta.url).resolve('esbuild/package.json'), 'utf8');
  const parsed: unknown = JSON.parse(text);
  return typeof parsed === 'object' && parsed !== null ? String(Reflect.get(parsed, 'version')) : 'unknown';
}
