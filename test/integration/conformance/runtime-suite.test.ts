// time-limit-seconds: 420
// exclusive: many cases measure times, and their limits assume that the machine is theirs
import { suite } from 'uvu';
import { findProgram, RUNTIME_TOPICS } from '../../conformance/index.ts';
import { passesAsExpected } from '../../support/conformance-run.ts';

const count = RUNTIME_TOPICS.flatMap(({ cases }) => cases).length;
/** The long waits are tested by hand and in reports; here they would only make the run longer. */
const words = ['--tolerance', '3', '--patience', '2'];

const test = suite('conformance/runtime-suite');

for (const [target, program] of [
  ['rik-nodejs', 'node'],
  ['rik-python', 'python3'],
  ['rik-java', 'javac'],
  ['rik-shell', 'curl'],
  ['rik-sdk', 'node'],
] as const) {
  test(`${target} answers every case about runtimes as expected`, async () => {
    if (findProgram(program) === undefined) return console.log(`skip: ${program} is not installed`);
    await passesAsExpected(target, { count, words });
  });
}

test.run();
