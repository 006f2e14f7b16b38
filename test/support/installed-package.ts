/** Our package as npm packs it, installed into an empty folder. One installation serves all tests of a file. */
import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

/** The test runner bundles its tests elsewhere. */
const REPOSITORY = existsSync(join(process.cwd(), 'tools', 'build-package.ts')) ? process.cwd() : join(import.meta.dirname, '..', '..');
const OUTPUT_BYTES_MAX = 64 * 1024 * 1024;

export type ProgramEnd = { code: number; stdout: string; stderr: string };

export type InstalledPackage = {
  folder: string;
  write(path: string, text: string): string;
  run(program: string, words: readonly string[], environment?: Record<string, string>): Promise<ProgramEnd>;
  [Symbol.dispose](): void;
};

/** The folder of an installed package that is a program of another platform's; undefined where there is none. */
export const OTHER_PROGRAMS = {
  node20: { specifier: `node20@npm:node-${process.platform}-${process.arch}@20`, path: 'node_modules/node20/bin/node' },
  node22: { specifier: `node22@npm:node-${process.platform}-${process.arch}@22`, path: 'node_modules/node22/bin/node' },
  bun: { specifier: 'bun', path: `node_modules/@oven/bun-${process.platform}-${process.arch === 'arm64' ? 'aarch64' : process.arch}/bin/bun` },
  deno: { specifier: 'deno', path: `node_modules/@deno/${process.platform}-${process.arch}-glibc/deno` },
} as const;

/** Packs the repository and installs it with `others`; undefined with the reason printed when a registry cannot be reached. */
export async function installPackage(others: readonly string[] = []): Promise<InstalledPackage | undefined> {
  const folder = mkdtempSync(join(tmpdir(), 'rik-installed-'));
  const installed: InstalledPackage = {
    folder,
    write(path, text) {
      writeFileSync(join(folder, path), text);
      return join(folder, path);
    },
    run: (program, words, environment = {}) => runProgram(program, words, folder, environment),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
  try {
    const packed = await runProgram('npm', ['pack', '--ignore-scripts=false', '--pack-destination', folder, '--json', '--loglevel=error'], copyRepository(folder), {});
    if (packed.code !== 0 && /compiler-missing/.test(packed.stderr)) {
      console.log('skip: the package cannot be built without a Java compiler (Debian package openjdk-17-jdk-headless)');
      installed[Symbol.dispose]();
      return undefined;
    }
    if (packed.code !== 0) throw new Error(`npm pack failed: ${packed.stderr}${packed.stdout}`);
    const [tarball] = [...packed.stdout.matchAll(/"filename": "([^"]+)"/g)].map((match) => match[1] ?? '');
    installed.write('package.json', '{ "name": "user", "private": true, "type": "module" }');
    const words = ['install', '--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error', `./${tarball ?? ''}`, ...others];
    const end = await runProgram('npm', words, folder, {});
    rmSync(join(folder, 'clone'), { recursive: true, force: true });
    if (end.code === 0) return installed;
    if (!/ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ENETUNREACH|E40[134]|network/.test(end.stderr)) throw new Error(`npm install failed: ${end.stderr}`);
    console.log(`skip: no registry of npm packages can be reached: ${end.stderr.split('\n')[0] ?? ''}`);
  } catch (error) {
    installed[Symbol.dispose]();
    throw error;
  }
  installed[Symbol.dispose]();
  return undefined;
}

/** Packing builds in its folder, which tests that run beside this one use or build too. */
function copyRepository(folder: string): string {
  const copy = join(folder, 'clone');
  cpSync(REPOSITORY, copy, { recursive: true, filter: (path) => !/[/\\](node_modules|\.git|\.cache)$/.test(path) });
  symlinkSync(join(REPOSITORY, 'node_modules'), join(copy, 'node_modules'));
  return copy;
}

/** npm's own variables of the run that we are in would change what npm does below. */
async function runProgram(program: string, words: readonly string[], cwd: string, environment: Record<string, string>): Promise<ProgramEnd> {
  const inherited = Object.entries(process.env).filter(([name]) => !/^npm_(config_(?!registry|userconfig|cache)|package|lifecycle|command)/i.test(name));
  const env = { ...Object.fromEntries(inherited), PATH: `${dirname(process.execPath)}:${process.env['PATH'] ?? ''}`, ...environment };
  try {
    const { stdout, stderr } = await promisify(execFile)(program, [...words], { cwd, env, maxBuffer: OUTPUT_BYTES_MAX });
    return { code: 0, stdout, stderr };
  } catch (error) {
    const field = (name: string): unknown => (typeof error === 'object' && error !== null ? Reflect.get(error, name) : undefined);
    const code = field('code');
    return { code: typeof code === 'number' ? code : 1, stdout: String(field('stdout') ?? ''), stderr: String(field('stderr') ?? error) };
  }
}
