/** Compiles the Java functions of the tests, with stand-ins for the vendor's interfaces, where there is a compiler. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { compileJava, listFiles } from '../../runtimes/index.ts';

const SOURCES = join(import.meta.dirname, '..', 'unit', 'runtimes', 'java');
/** What the runtime gives to functions; in the task root, too, it is the runtime's that is loaded. */
const GIVEN_SOURCES = join(import.meta.dirname, '..', '..', 'runtimes', 'java', 'com');

/** Why Java tests cannot run here; undefined when they can. */
export function javaSkipReason(): string | undefined {
  for (const program of ['javac', 'java']) {
    const { status } = spawnSync(program, ['-version'], { stdio: 'ignore' });
    if (status !== 0) return `no ${program} on the PATH (Debian package openjdk-17-jdk-headless)`;
  }
  return undefined;
}

/** A task root with the classes of the functions; the class that two of `H` miss is removed. */
export async function compileTestFunctions(taskRoot: string): Promise<void> {
  mkdirSync(taskRoot, { recursive: true });
  const sourceFiles = [...(await listFiles(join(SOURCES, 'vendor'))), ...(await listFiles(join(SOURCES, 'functions'))), ...(await listFiles(GIVEN_SOURCES))];
  await compileJava({ sourceFiles, classFolder: taskRoot });
  rmSync(join(taskRoot, 'H$Dependency.class'));
}
