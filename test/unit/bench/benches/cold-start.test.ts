import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { measureContenders } from '../../../../bench/benches/cold-start.ts';
import { reportCase } from '../../../../bench/report.ts';
import { portableTools } from '../../../../bench/tools.ts';

const test = suite('bench/benches/cold-start');
const context = { tools: portableTools('in this test'), rounds: 2, onProgress: () => undefined };
const DRIVER = 'console.log("ready"); require("node:readline").createInterface({ input: process.stdin }).on("line", () => console.log(JSON.stringify({ elapsedMs: 1000 })))';

test('a driver and a bare command are compared by difference and by ratio inside each round', async () => {
  const measured = await measureContenders(
    'trial',
    [
      { name: 'rik', role: 'subject', kind: 'driver', argv: ['{node}', '-e', DRIVER] },
      { name: 'bare', role: 'floor', kind: 'command', ready: { kind: 'exit' }, argv: ['{node}', '-e', '0'] },
    ],
    { node: process.execPath },
    context,
  );
  const report = reportCase(measured);
  assert.equal(report.contenders[0]?.metrics['elapsedMs']?.samples, [1000, 1000]);
  assert.equal(report.comparisons.map(({ contender, kind, reference }) => `${contender} ${kind} ${reference}`), ['rik difference bare', 'rik ratio bare']);
  const bare = report.contenders[1]?.metrics['elapsedMs']?.samples ?? [];
  assert.equal(report.comparisons[0]?.samples, bare.map((elapsedMs) => 1000 - elapsedMs));
});

test('a driver that does not get ready is left out with its own words, and the others are measured', async () => {
  const { rows, notes } = await measureContenders(
    'trial',
    [
      { name: 'rik', role: 'subject', kind: 'driver', argv: ['{node}', '-e', 'console.log("no platform")'] },
      { name: 'bare', role: 'floor', kind: 'command', ready: { kind: 'exit' }, argv: ['{node}', '-e', '0'] },
    ],
    { node: process.execPath },
    context,
  );
  assert.equal(rows.map(({ name }) => name), ['bare']);
  assert.match(notes.join(), /rik is left out: .*no platform/);
});

test('a driver that fails to start once ends the case', async () => {
  const script = 'console.log("ready"); process.stdin.once("data", () => console.log(JSON.stringify({ error: "no room" })))';
  try {
    await measureContenders('trial', [{ name: 'rik', role: 'subject', kind: 'driver', argv: ['{node}', '-e', script] }], { node: process.execPath }, context);
    assert.unreachable();
  } catch (error) {
    assert.match(String(error), /no room/);
  }
});

test.run();
