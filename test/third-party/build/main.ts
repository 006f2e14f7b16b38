/** `node test/third-party/build/main.ts [name…]`: builds what is not built yet, before the tests that want it. */
import { openProgram } from './open-program.ts';
import { PROGRAMS, type ProgramName } from './programs.ts';

const MS_PER_SECOND = 1000;

/** All at once: much of it waits for the network or runs on one core. */
async function prepare(name: ProgramName): Promise<void> {
  const startedMs = performance.now();
  try {
    const opened = await openProgram(name);
    const seconds = ((performance.now() - startedMs) / MS_PER_SECOND).toFixed(1);
    if (opened.folder === undefined) console.log(`     third-party ${name}: not here: ${opened.reason}`);
    else console.log(`     third-party ${name}: ${opened.wasBuilt ? `built in ${seconds} s` : 'is built'}`);
  } catch (error) {
    console.log(`     third-party ${name}: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  }
}

const asked = process.argv.slice(2);
await Promise.all(PROGRAMS.filter(({ name }) => asked.length === 0 || asked.includes(name)).map(({ name }) => prepare(name)));
