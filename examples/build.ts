/**
 * Makes `<outDir>/<example>`: folders that are ready to be a function's code. Java is compiled, shell examples get the
 * custom runtime of provided-shell, programs with the SDK become one file, the others are copied. What is up to date by
 * content is left alone.
 */
import { existsSync } from 'node:fs';
import { chmod, copyFile, mkdir, readdir } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { compileJava, listFiles, makeCachedFolder } from '../runtimes/index.ts';
import { type ExampleDescription, readExampleDescription } from './description.ts';

export type BuildExamplesOptions = {
  outDir: string;
  /** Program or path; default: the `javac` on the PATH. */
  javaCompiler?: string;
  /** Only these; default: all. */
  names?: string[];
};

export type BuiltExample = ExampleDescription & {
  name: string;
  /** The function's code, as a folder. */
  dir: string;
  /** False when it was up to date. */
  built: boolean;
};

const SOURCES = import.meta.dirname;
/** No example itself, but the runtime of those whose runtime is `provided.*` and that have none; also usable as a layer. */
const SHELL_RUNTIME = 'provided-shell';
const SDK_SOURCES = [join(dirname(SOURCES), 'runtimes', 'sdk'), join(dirname(SOURCES), 'runtimes', 'node'), join(dirname(SOURCES), 'runtime-api', 'protocol')];

/** Fails with `examples/bad-description`, `runtimes/compiler-missing` or `runtimes/compile-failed`. */
export async function buildExamples(options: BuildExamplesOptions): Promise<BuiltExample[]> {
  const results: BuiltExample[] = [];
  for (const name of options.names ?? (await listExampleNames())) {
    const source = join(SOURCES, name);
    const description = await readExampleDescription(source);
    const dir = join(options.outDir, name);
    const sourceFiles = await listFiles(source);
    const hasBootstrap = sourceFiles.includes(join(source, 'bootstrap'));
    const bootstrap = description.runtime.startsWith('provided') && !hasBootstrap ? [join(SOURCES, SHELL_RUNTIME, 'bootstrap')] : [];
    const programs = sourceFiles.filter((file) => file.endsWith('.ts'));
    const sdkFiles = programs.length === 0 ? [] : (await Promise.all(SDK_SOURCES.filter((folder) => existsSync(folder)).map(listFiles))).flat();
    const built = await makeCachedFolder({
      folder: dir,
      inputFiles: [import.meta.filename, ...sourceFiles, ...bootstrap, ...sdkFiles],
      make: async (folder) => {
        const javaFiles = sourceFiles.filter((file) => file.endsWith('.java'));
        const copied = sourceFiles.filter((file) => !file.endsWith('.java') && !programs.includes(file));
        for (const file of copied) await copy(file, join(folder, relative(source, file)), basename(file) === 'bootstrap' ? 0o755 : 0o644);
        for (const file of programs) await bundleProgram(file, join(folder, relative(source, file).replace(/\.ts$/, '.mjs')));
        for (const file of bootstrap) await copy(file, join(folder, 'bootstrap'), 0o755);
        if (javaFiles.length > 0) await compileJava({ sourceFiles: javaFiles, classFolder: folder, javaCompiler: options.javaCompiler });
      },
    });
    results.push({ ...description, name, dir, built });
  }
  return results;
}

/** As a user of the package does, but with the SDK's sources where there are some: in a clone, the package need not be built. */
async function bundleProgram(file: string, outfile: string): Promise<void> {
  const { build } = await import('esbuild');
  const sdk = join(dirname(SOURCES), 'runtimes', 'sdk', 'index.ts');
  const alias: Record<string, string> = existsSync(sdk) ? { 'rik/sdk': sdk } : {};
  await build({ entryPoints: [file], outfile, bundle: true, platform: 'node', format: 'esm', target: 'node20', alias, logLevel: 'error' });
  await chmod(outfile, 0o644);
}

/** Sorted. */
export async function listExampleNames(): Promise<string[]> {
  const entries = await readdir(SOURCES, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory() && entry.name !== SHELL_RUNTIME)
    .map((entry) => entry.name)
    .sort();
}

async function copy(from: string, to: string, mode: number): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  await copyFile(from, to);
  await chmod(to, mode);
}
