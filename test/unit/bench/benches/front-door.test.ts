import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { measureFrontDoor, PAYLOADS } from '../../../../bench/benches/front-door.ts';
import { selectBrokers } from '../../../../bench/contenders.ts';
import { REPOSITORY_FOLDER } from '../../../../bench/repository-folder.ts';
import { reportCase } from '../../../../bench/report.ts';
import { printCase } from '../../../../bench/table.ts';
import { portableTools, prepareTools } from '../../../../bench/tools.ts';

const test = suite('bench/benches/front-door');
const cacheFolder = join(REPOSITORY_FOLDER, 'dist', 'bench');
const native = await prepareTools({ cacheFolder, searchPath: process.env['PATH'] ?? '' });
const runs = [
  { tools: portableTools('in this test'), names: ['node-http'], pipeline: false },
  ...(native.kind === 'native' ? [{ tools: native, names: ['node-http', 'floor'], pipeline: false }, { tools: native, names: ['floor'], pipeline: true }] : []),
];
if (native.kind === 'portable') console.log('skip: no C compiler on this machine, the floor is not tested');

for (const { tools, names, pipeline } of runs) {
  // The load generator itself refuses whatever is not an echo, so figures exist only when every echo was right.
  test(`${tools.kind}${pipeline ? ' with a pipelining bootstrap' : ''}: every figure is there for ${names.join(' and ')} at every size`, async () => {
    const { brokers, values } = await selectBrokers({ tools, only: names, added: [], searchPath: '', rieNamed: undefined });
    const context = { tools, brokers, values, pipeline, pin: undefined, rounds: 2, seconds: 0.05, connections: 1, payloads: [], cacheFolder, onProgress: () => undefined };
    const cases = await measureFrontDoor(context);
    assert.equal(cases.map(({ name }) => name), PAYLOADS.map(({ name }) => name));
    for (const measured of cases) {
      const report = reportCase(measured);
      assert.equal(report.notes, []);
      assert.equal(report.contenders.map(({ name }) => name), names);
      for (const { metrics } of report.contenders) {
        for (const { key } of measured.metrics) assert.is(metrics[key]?.samples.filter((sample) => sample >= 0).length, 2, `${measured.name} ${key}`);
        assert.ok((metrics['ratePerSecond']?.min ?? 0) > 0);
      }
      const peers = names.length - 1;
      assert.is(report.comparisons.length, names.length * peers * measured.comparisons.length);
      assert.ok(names.every((name) => printCase(report, measured).includes(name)));
    }
  });
}

test('several connections share one environment and each gets its own echo', async () => {
  const tools = runs.at(-1)?.tools ?? portableTools('in this test');
  const names = ['node-http', ...(tools.kind === 'native' ? ['floor'] : [])];
  const { brokers, values } = await selectBrokers({ tools, only: names, added: [], searchPath: '', rieNamed: undefined });
  const context = { tools, brokers, values, pipeline: false, pin: undefined, rounds: 1, seconds: 0.1, connections: 8, payloads: [], cacheFolder, onProgress: () => undefined };
  const [measured] = await measureFrontDoor(context, PAYLOADS.slice(0, 1));
  assert.equal(measured?.notes, []);
  assert.is(measured?.rows.length, names.length);
});

test('a subject that answers with something else ends the bench', async () => {
  const [{ tools } = { tools: portableTools('in this test') }] = runs;
  const script = 'for (const port of process.argv.slice(1)) require("node:http").createServer((_, response) => response.end("no")).listen(port, "127.0.0.1")';
  const added = [{ name: 'liar', argv: [process.execPath, '-e', script, '{front-port}', '{api-port}'] }];
  const { brokers, values } = await selectBrokers({ tools, only: ['liar'], added, searchPath: '', rieNamed: undefined });
  try {
    await measureFrontDoor({ tools, brokers, values, pipeline: false, pin: undefined, rounds: 1, seconds: 0.05, connections: 1, payloads: [], cacheFolder, onProgress: () => undefined });
    assert.unreachable();
  } catch (error) {
    assert.match(String(error), /liar does not answer its first invocation: .*not the echo/);
  }
});

test.run();
