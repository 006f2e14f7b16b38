import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { logRecords } from '../../../../runtime-api/telemetry/log-record.ts';

const test = suite('runtime-api/telemetry/log-record');
const MAX = 262_144;
const of = (text: string, isJsonObject = false) => logRecords({ kind: 'function', epochMs: 0, text, isJsonObject });

test('a line of the usual size is one record', () => assert.is(of('a line').length, 1));

test('a line at the limit of a record is one, and an object stays one', () => {
  assert.is(of('x'.repeat(MAX - 2)).length, 1);
  assert.is(of(`{"a":"${'x'.repeat(MAX - 8)}"}`, true).length, 1);
});

for (const [what, text] of [['control characters', '\0'.repeat(MAX)], ['quotes', '"'.repeat(MAX)], ['characters outside the basic plane', '😀'.repeat(MAX / 4)], ['replaced bytes', '\ufffd'.repeat(MAX)]] as const) {
  test(`${what} become records that each fit, with nothing lost between them`, () => {
    const records = of(text);
    assert.is(records.map((record) => record.text).join(''), text);
    for (const record of records) {
      assert.ok(Buffer.byteLength(JSON.stringify(record.text)) <= MAX);
      assert.is(record.text.isWellFormed(), true);
    }
  });
}

test('an object that is too large for an event is cut as text', () => {
  const records = of(`{"a":"${'\ufffd'.repeat(MAX)}"}`, true);
  assert.ok(records.length > 1);
  assert.ok(records.every(({ isJsonObject }) => !isJsonObject));
});

test.run();
