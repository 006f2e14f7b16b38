import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { renderHtml } from '../../conformance/index.ts';
import { oneOfEveryKind, sampleSummary } from './sample-cases.ts';

const test = suite('conformance/report/html');

test('the page shows what failed, the exchange, and how to run it again', () => {
  const page = renderHtml(sampleSummary());
  assert.match(page, /<article id="one-fails">/);
  assert.match(page, /GET \/2018-06-01\/ping\nX-A: b/);
  assert.match(page, /--target sample --case one-fails --exchange/);
  assert.match(page, /<li>7 cases<\/li>/);
  assert.match(page, /the known reason/);
});

test('the page needs nothing else: no script, no address to load from', () => {
  assert.is(/<script|<link|<img|@import|url\(|src=/i.test(renderHtml(sampleSummary())), false);
});

test('what a target printed is text and never markup', () => {
  const [, fails] = oneOfEveryKind();
  assert.ok(fails);
  const hostile = '<img src=x onerror=alert(1)>\u0000</pre><script>';
  const page = renderHtml(sampleSummary([{ ...fails, output: hostile, reason: `waited in vain for ${hostile}`, observed: { body: hostile } }]));
  assert.is(page.includes('<img'), false);
  assert.is(page.includes('<script'), false);
  assert.is(page.includes('\u0000'), false);
});

test('a run in which all came out as expected says so', () => {
  assert.match(renderHtml(sampleSummary(oneOfEveryKind().filter(({ isUnexpected }) => !isUnexpected))), /<h2 class="pass">All as expected<\/h2>/);
});

test.run();
