// time-limit-seconds: 300
/** The vendor's clients as targets of the conformance suite: here a few cases without time in them; `conformance/run-client.ts` runs all. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { PROGRAMS } from './build/programs.ts';
import { runClient } from './conformance/run-client.ts';

const test = suite('third-party/conformance');
const CASES = ['event-headers-minimum', 'event-four-byte-characters', 'response-of-nothing', 'requests-name-their-agent'];
const TOLERANCE = '10';

for (const { name } of PROGRAMS) {
  test(`${name}: the vendor's client is started by its target file and passes cases of the suite`, async () => {
    const run = await runClient(name, [...CASES.flatMap((id) => ['--case', id]), '--jobs', '1', '--tolerance', TOLERANCE]);
    if (run.code === undefined) return console.log(`skip: ${run.reason}`);
    assert.is(run.code, 0, run.output);
    assert.match(run.output, new RegExp(`: ${CASES.length} cases: ${CASES.length} pass, `));
  });
}

test.run();
