/**
 * Makes `<outDir>/<example>`: folders that are ready to be a function's code. Java is compiled, shell examples get the
 * custom runtime of provided-shell, the others are copied. What is up to date by content is left alone.
 */
import { chmod, copyFile, mkdir, readdir } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
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
/** No example itself, but the runtime of those whose runtime is `provided.*`; also usable as a layer. */
const SHELL_RUNTIME = 'provided-shell';

/** Fails with `examples/bad-description`, `runtimes/compiler-missing` or `runtimes/compile-failed`. */
export async function buildExamples(options: BuildExamplesOptions): Promise<BuiltExample[]> {
  const results: BuiltExample[] = [];
  for (const name of options.names ?? (await listExampleNames())) {
    const source = join(SOURCES, name);
    const description = await readExampleDescription(source);
    const dir = join(options.outDir, name);
    const bootstrap = description.runtime.startsWith('provided') ? [join(SOURCES, SHELL_RUNTIME, 'bootstrap')] : [];
    const sourceFiles = await listFiles(source);
    const built = await makeCachedFolder({
      folder: dir,
      inputFiles: [join(SOURCES, 'build.ts'), ...sourceFiles, ...bootstrap],
      make: async (folder) => {
        const javaFiles = sourceFiles.filter((file) => file.endsWith('.java'));
        for (const file of sourceFiles) if (!file.endsWith('.java')) await copy(file, join(folder, relative(source, file)), 0o644);
        for (const file of bootstrap) await copy(file, join(folder, 'bootstrap'), 0o755);
        if (javaFiles.length > 0) await compileJava({ sourceFiles: javaFiles, classFolder: folder, javaCompiler: options.javaCompiler });
      },
    });
    results.push({ ...description, name, dir, built });
  }
  return results;
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
