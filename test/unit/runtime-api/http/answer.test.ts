import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { answer, headerLine, plainAnswer, renderHead, renderJoined, utf8HeaderValue } from '../../../../runtime-api/http/answer.ts';

const test = suite('runtime-api/http/answer');
const DATE = /Date: \w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT\r\n/;
const undated = (text: string): string => text.replace(DATE, '');

test('an answer says its length and its date', () => {
  const rendered = renderJoined(answer(202, 'A: b\r\n', 'text'), 'stays').toString();
  assert.match(rendered, DATE);
  assert.is(undated(rendered), 'HTTP/1.1 202 Accepted\r\nA: b\r\nContent-Length: 4\r\n\r\ntext');
});

test('the connection is spoken of when it closes, or when it stays open against the default', () => {
  assert.match(renderHead(plainAnswer(200, ''), 'closes'), '\r\nConnection: close\r\n');
  assert.match(renderHead(plainAnswer(200, ''), 'staysAnnounced'), '\r\nConnection: keep-alive\r\n');
  assert.not.match(renderHead(plainAnswer(200, ''), 'stays'), 'Connection');
});

test('204 has no length', () => assert.not.match(renderHead(answer(204, '', ''), 'stays'), 'Content-Length'));

test('a status without a known reason is still a status line', () => assert.match(renderHead(answer(299, '', ''), 'stays'), 'HTTP/1.1 299 Unknown\r\n'));

test('a header value cannot end its line', () => {
  assert.is(headerLine('A', 'b\r\nC: d\0\x7f\te'), 'A: b  C: d  \te\r\n');
});

test('text outside ASCII travels as the bytes of its UTF-8 form', () => {
  const line = headerLine('A', utf8HeaderValue('ä€😀'));
  assert.is(Buffer.from(line, 'latin1').toString('utf8'), 'A: ä€😀\r\n');
  assert.is(utf8HeaderValue('plain'), 'plain');
});

test.run();
