/** Cases that bring Java sources: all of them are compiled by one virtual machine before any runs. */
import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findProgram, TargetUnusable } from '../../kit/target.ts';
import type { RuntimeCase } from '../runtime-case.ts';
import { writeFiles } from './trial.ts';

const COMPILER = join(import.meta.dirname, '..', 'java', 'CompileFolders.java');
/** The vendor's interfaces that handlers are written against, as signatures only. */
const INTERFACES = join(import.meta.dirname, '..', 'java', 'interfaces');
const COMPILE_LIMIT_MS = 180_000;

export type PreparedFolders = {
  folderOf: (id: string) => string | undefined;
  /** Why a case cannot be run. */
  faultOf: (id: string) => string | undefined;
  remove: () => void;
};

export async function prepareJava(cases: readonly RuntimeCase[]): Promise<PreparedFolders> {
  const folders = new Map<string, string>();
  for (const { id, setup } of cases) {
    if (setup?.files !== undefined && Object.keys(setup.files).some((name) => name.endsWith('.java'))) folders.set(id, writeFiles(setup.files));
  }
  const remove = (): void => {
    for (const folder of folders.values()) rmSync(folder, { recursive: true, force: true });
  };
  try {
    const faults = folders.size === 0 ? new Map<string, string>() : await compile([...folders.values()]);
    return { folderOf: (id) => folders.get(id), faultOf: (id) => faults.get(folders.get(id) ?? ''), remove };
  } catch (error) {
    remove();
    throw error;
  }
}

/** The functions of a target, compiled in a copy of their folder. */
export async function compileFunctions(sources: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'conformance-java-'));
  cpSync(sources, folder, { recursive: true });
  const fault = (await compile([folder])).get(folder);
  if (fault === undefined) return folder;
  rmSync(folder, { recursive: true, force: true });
  throw new TargetUnusable(`the functions in ${sources} do not compile: ${fault.slice(0, 1_000)}`, 'mend them');
}

/** Folder → what the compiler said. */
async function compile(folders: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const java = findProgram('java');
  if (java === undefined) throw new TargetUnusable('the Java cases need java and javac, which are not installed', 'install a JDK, or leave these cases out');
  const output = await new Promise<string>((resolve, reject) => {
    execFile(java, ['-XX:TieredStopAtLevel=1', COMPILER, INTERFACES, ...folders], { timeout: COMPILE_LIMIT_MS, maxBuffer: 16 * 1024 * 1024 }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new TargetUnusable(`the Java cases cannot be compiled: ${stderr.slice(-1_000).trim() || error.message}`, 'is a whole JDK installed?'));
    });
  });
  const faults = new Map<string, string>();
  for (const block of output.split('\0').filter((part) => part !== '')) {
    const [folder = '', ...lines] = block.split('\n');
    faults.set(folder, lines.join('\n'));
  }
  return faults;
}
