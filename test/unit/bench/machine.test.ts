import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { allowedProcessors, describeMachine, printMachine } from '../../../bench/machine.ts';

const test = suite('bench/machine');

test('the shape names cores, kernel and Node', () => {
  const machine = describeMachine();
  assert.ok(machine.cores >= 1);
  assert.ok(machine.memoryMiB > 0);
  assert.ok(machine.kernel.length > 0);
  assert.is(machine.node, process.version);
});

test('the printed shape begins with the date and names each part', () => {
  const machine = { cores: 2, processor: 'Some CPU', memoryMiB: 4_096, kernel: 'Linux 6.1', node: 'v24.1.0', loadAverage: 0.5 };
  assert.is(printMachine(machine, '2026-01-02T03:04:05.000Z'), '2026-01-02 · 2 cores (Some CPU) · 4096 MiB · Linux 6.1 · Node v24.1.0 · load 0.50 at the start');
});

const LISTS: [list: string, processors: number[]][] = [
  ['0-1', [0, 1]],
  ['3', [3]],
  ['0-1,4,6-7', [0, 1, 4, 6, 7]],
  ['nonsense', []],
];

for (const [list, processors] of LISTS) {
  test(`the processor list ${list} gives ${processors.length} processors`, () => {
    assert.equal(allowedProcessors(`Name:\tnode\nCpus_allowed_list:\t${list}\nMems_allowed:\t1\n`), processors);
  });
}

test('a status without the list allows none, so nothing is bound', () => {
  assert.equal(allowedProcessors(''), []);
});

test.run();
