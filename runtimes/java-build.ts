/** Compiles Java and packs jars, the same bytes for the same sources and compiler. */
import { execFile } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { relative } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { ZipFile } from 'yazl';
import { listFiles } from './build-cache.ts';
import { runtimesError } from './errors.ts';

/** The oldest Java among the managed runtimes; one class file serves all of them. */
const JAVA_RELEASE = '8';
/** Zip entries carry a local time; this one needs no time zone. */
const JAR_ENTRY_TIME = new Date(1980, 0, 1, 0, 0, 0);

export type CompileJavaOptions = {
  sourceFiles: string[];
  classFolder: string;
  /** Program or path; default: the `javac` on the PATH. */
  javaCompiler?: string | undefined;
};

/** Fails with `runtimes/compiler-missing` or `runtimes/compile-failed`. */
export async function compileJava(options: CompileJavaOptions): Promise<void> {
  const compiler = options.javaCompiler ?? 'javac';
  const flags = ['--release', JAVA_RELEASE, '-Xlint:all,-options', '-encoding', 'UTF-8', '-g:source,lines', '-d', options.classFolder];
  const { failure, output } = await run(compiler, [...flags, ...[...options.sourceFiles].sort()]);
  if (failure === undefined) return;
  if (failure.code === 'ENOENT') {
    throw runtimesError('runtimes/compiler-missing', `the Java runtime cannot be compiled, because there is no ${compiler}`, {
      hint: 'install the Debian package openjdk-17-jdk-headless',
      cause: failure,
    });
  }
  throw runtimesError('runtimes/compile-failed', `the Java compiler refused the sources: ${output.split('\n')[0] ?? ''}`, {
    detail: { output },
    cause: failure,
  });
}

/** Packs every file below `classFolder`, sorted, uncompressed (classes load faster so), with a fixed time. */
export async function packJar(options: { classFolder: string; jarPath: string }): Promise<void> {
  const zip = new ZipFile();
  for (const file of await listFiles(options.classFolder)) {
    zip.addFile(file, relative(options.classFolder, file), {
      mtime: JAR_ENTRY_TIME,
      mode: 0o100644,
      compress: false,
      forceDosTimestamp: true,
    });
  }
  zip.end();
  await pipeline(zip.outputStream, createWriteStream(options.jarPath, { mode: 0o644 }));
}

type RunResult = { failure: { code?: string | number | null | undefined } | undefined; output: string };

function run(program: string, parameters: string[]): Promise<RunResult> {
  return new Promise((resolve) => {
    execFile(program, parameters, { encoding: 'utf8' }, (error, stdout, stderr) => {
      resolve({ failure: error ?? undefined, output: stdout + stderr });
    });
  });
}
