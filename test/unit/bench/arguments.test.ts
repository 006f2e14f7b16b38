import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { BENCH_NAMES, parseArguments } from '../../../bench/arguments.ts';
import { isCodedError } from '../../../foundation/coded-error.ts';

const test = suite('bench/arguments');

test('without arguments every bench runs with the defaults', () => {
  assert.equal(parseArguments([]), {
    names: [...BENCH_NAMES],
    json: false,
    help: false,
    rounds: 5,
    seconds: 1,
    connections: 1,
    pin: true,
    pipeline: false,
    only: [],
    payloads: [],
    added: [],
  });
});

test('names and options are taken as given', () => {
  const argv = ['memory', 'front-door', '--json', '--rounds', '7', '--seconds', '0.5', '--connections', '4', '--no-pin', '--pipeline', '--only', 'floor', '--only', 'rie', '--payload', '2B', '--payload', '5.9MB'];
  const options = parseArguments(argv);
  assert.equal(options.names, ['memory', 'front-door']);
  assert.equal([options.json, options.rounds, options.seconds, options.connections, options.pin, options.pipeline], [true, 7, 0.5, 4, false, true]);
  assert.equal(options.only, ['floor', 'rie']);
  assert.equal(options.payloads, ['2B', '5.9MB']);
});

test('an added broker is a name and a JSON list', () => {
  assert.equal(parseArguments(['--broker', 'mine=["node","a=b.mjs","{front-port}"]']).added, [{ name: 'mine', argv: ['node', 'a=b.mjs', '{front-port}'] }]);
});

const REFUSED: [title: string, argv: string[]][] = [
  ['an unknown bench', ['frontdoor']],
  ['an unknown size of events', ['--payload', '2KiB']],
  ['an unknown option', ['--round', '3']],
  ['an option without its value', ['--rounds']],
  ['no rounds', ['--rounds', '0']],
  ['more rounds than the limit', ['--rounds', '51']],
  ['a fraction of a round', ['--rounds', '1.5']],
  ['rounds that are no number', ['--rounds', 'many']],
  ['an empty number', ['--seconds', '']],
  ['less than the least time', ['--seconds', '0.04']],
  ['more than the longest time', ['--seconds', '60.1']],
  ['an endless time', ['--seconds', 'Infinity']],
  ['a number in another notation', ['--seconds', '1e1']],
  ['more connections than the limit', ['--connections', '65']],
  ['a broker without a command', ['--broker', 'mine']],
  ['a broker whose command is no list', ['--broker', 'mine="node"']],
  ['a broker with an empty list', ['--broker', 'mine=[]']],
  ['a broker with numbers in its list', ['--broker', 'mine=["node",1]']],
  ['a broker whose command is no JSON', ['--broker', 'mine=[node]']],
  ['a broker with a bad name', ['--broker', 'My Broker=["node"]']],
];

for (const [title, argv] of REFUSED) {
  test(`${title} is refused as the caller's fault`, () => {
    try {
      parseArguments(argv);
      assert.unreachable();
    } catch (error) {
      assert.ok(isCodedError(error));
      assert.is(error.code, 'bench/bad-argument');
      assert.is(error.fault, 'caller');
    }
  });
}

test('whatever the arguments, the answer is options within the limits or a coded error', () => {
  const word = fc.oneof(fc.string(), fc.constantFrom('--rounds', '--seconds', '--broker', '--only', 'memory', '5', '--json', '--'));
  fc.assert(
    fc.property(fc.array(word, { maxLength: 6 }), (argv) => {
      try {
        const { rounds, seconds, connections } = parseArguments(argv);
        assert.ok(rounds >= 1 && rounds <= 50 && seconds >= 0.05 && seconds <= 60 && connections >= 1 && connections <= 64);
      } catch (error) {
        assert.ok(isCodedError(error), String(error));
      }
    }),
  );
});

test.run();
