/** Runs the conformance suite's cases about runtimes on one of the vendor's clients, which is built first where it is not. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { REPOSITORY } from '../../support/runtime-images.ts';
import { openProgram } from '../build/open-program.ts';
import { PROGRAMS, type ProgramName } from '../build/programs.ts';

/** The names of their targets; Node's is that of the runtime identifiers. */
export const TARGETS: Readonly<Record<ProgramName, string>> = { node: 'aws-nodejs', python: 'aws-python', java: 'aws-java', go: 'aws-go', rust: 'aws-rust' };

export type ClientRun = { code: number; output: string } | { code: undefined; reason: string };

export async function runClient(name: ProgramName, words: readonly string[]): Promise<ClientRun> {
  const opened = await openProgram(name);
  if (opened.folder === undefined) return { code: undefined, reason: `the ${name} client cannot be had: ${opened.reason}` };
  const target = join(REPOSITORY, 'test', 'third-party', 'conformance', `${TARGETS[name]}.json`);
  const native = join(opened.folder, 'jni', `libaws-lambda-jni.linux-${process.arch === 'arm64' ? 'aarch_64' : 'x86_64'}.so`);
  const child = spawn(process.execPath, [join(REPOSITORY, 'test', 'conformance', 'main.ts'), '--target', target, ...words], {
    env: { ...process.env, THIRD_PARTY_FOLDER: opened.folder, THIRD_PARTY_NATIVE: native },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  return new Promise((resolve) => child.on('close', (code) => resolve({ code: code ?? -1, output })));
}

if (import.meta.main) {
  const [word = '', ...words] = process.argv.slice(2);
  const program = PROGRAMS.find(({ name }) => name === word);
  if (program === undefined) {
    console.error(`Usage: node test/third-party/conformance/run-client.ts ${PROGRAMS.map(({ name }) => name).join('|')} [options of test/conformance/main.ts]`);
    process.exitCode = 2;
  } else {
    const run = await runClient(program.name, words);
    console.log(run.code === undefined ? run.reason : run.output);
    process.exitCode = run.code ?? 3;
  }
}
