import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { acceptsAccountId, parseRegistration } from '../../../../runtime-api/extensions/register-request.ts';

const test = suite('runtime-api/extensions/register-request');
const parse = (text: string) => parseRegistration(Buffer.from(text));

test('events may be missing, empty, null or repeated', () => {
  for (const text of ['{}', '{"events":[]}', '{"events":null}', '{"other":1}', '{"configurationKeys":[]}']) assert.equal(parse(text), { events: [] }, text);
  assert.equal(parse('{"events":["SHUTDOWN","INVOKE","SHUTDOWN"]}'), { events: ['INVOKE', 'SHUTDOWN'] });
});

test('a body of another shape is refused as such', () => {
  for (const text of ['', 'x', '[]', '1', 'null', '{"events":"INVOKE"}', '{"events":[1]}', '{"events":{}}', '{"configurationKeys":"a"}', '\xff']) {
    const result = parse(text);
    assert.is('kind' in result && result.kind === 'extensionRefused' && result.errorType, 'InvalidRequestFormat', text);
  }
});

test('deprecated keys are refused before event names are looked at', () => {
  assert.equal(parse('{"configurationKeys":["a"],"events":["FOO"]}'), {
    kind: 'extensionRefused',
    errorType: 'InvalidRequestFormat',
    message: 'configurationKeys are deprecated; use environment variables instead',
  });
});

test('names of events are case-sensitive', () => {
  for (const event of ['FOO', 'invoke', '', 'INVOKE ']) {
    assert.equal(parse(JSON.stringify({ events: ['INVOKE', event] })), {
      kind: 'extensionRefused',
      errorType: 'Extension.InvalidEventType',
      message: `${event}: ErrorInvalidEventType`,
    });
  }
});

test('accountId is found among features that nobody knows', () => {
  for (const text of ['accountId', ' accountId ', 'nope, accountId', 'accountId,']) assert.ok(acceptsAccountId(text), text);
  for (const text of [undefined, '', 'accountid', 'accountIds', 'account Id']) assert.not.ok(acceptsAccountId(text), text);
});

test('no body makes the parser throw, and what it accepts are known events', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json(), fc.record({ events: fc.array(fc.string()) }).map((value) => JSON.stringify(value))), (text) => {
      const result = parse(text);
      if ('kind' in result) assert.is(result.kind, 'extensionRefused');
      else for (const event of result.events) assert.ok(event === 'INVOKE' || event === 'SHUTDOWN');
    }),
  );
});

test.run();
