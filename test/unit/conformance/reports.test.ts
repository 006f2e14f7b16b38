import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { renderJson, renderJunit, renderScreen, renderTap, shown } from '../../conformance/index.ts';
import { sampleSummary } from './sample-cases.ts';

const test = suite('conformance/reports');

test('the screen shows what is unexpected, with expected, observed and how to run it again', () => {
  const screen = renderScreen(sampleSummary(), { showExchanges: false });
  assert.match(screen, /FAIL one-fails \(RT-001, required\)/);
  assert.match(screen, /expected {2}\{ status: 200 \}/);
  assert.match(screen, /observed {2}\{ status: 500 \}/);
  assert.match(screen, /again {5}node test\/conformance\/main\.ts --target sample --case one-fails --exchange/);
  assert.match(screen, /PASS one-passes-unawaited[\s\S]*take it from known-failing\/sample\.txt/);
  assert.match(screen, /ERROR one-has-an-error/);
  assert.not.match(screen, /one-fails-as-known|GET \/2018/);
});

test('the screen counts every case and says why some were skipped', () => {
  const screen = renderScreen(sampleSummary(), { showExchanges: false });
  assert.match(screen, /7 cases: 2 pass, 2 fail, 1 skip, 1 blocked, 1 error; 1 known to fail; 3 unexpected/);
  assert.match(screen, /skipped {3}1: needs streaming: not there/);
});

test('the screen shows the exchange when asked', () => {
  const screen = renderScreen(sampleSummary(), { showExchanges: true });
  assert.match(screen, /> GET \/2018-06-01\/ping\n\s+> X-A: b[\s\S]*< HTTP\/1\.1 500 Broken[\s\S]*< no/);
});

test('the JSON has every case and counts that add up', () => {
  const report: unknown = JSON.parse(renderJson(sampleSummary()));
  assert.ok(typeof report === 'object' && report !== null && 'counts' in report && 'cases' in report);
  assert.equal(report.counts, { pass: 2, fail: 2, skip: 1, blocked: 1, error: 1, total: 7, unexpected: 3 });
  assert.ok(Array.isArray(report.cases) && report.cases.length === 7);
});

test('JUnit counts only the unexpected as failures, and escapes what it quotes', () => {
  const xml = renderJunit(sampleSummary());
  assert.match(xml, /tests="7" failures="2" errors="1" skipped="3"/);
  assert.is([...xml.matchAll(/<testcase /g)].length, 7);
  assert.is([...xml.matchAll(/<failure /g)].length, 2);
  assert.is([...xml.matchAll(/<error /g)].length, 1);
  assert.is([...xml.matchAll(/<skipped /g)].length, 3);
  assert.match(xml, /message="expected \{ status: 200 \} &amp; &lt;more&gt;"/);
});

test('TAP has a point per case; the unexpected are not ok', () => {
  const tap = renderTap(sampleSummary());
  assert.match(tap, /^TAP version 14\n1\.\.7\n/);
  const points = [...tap.matchAll(/^(ok|not ok) \d+ - (\S+)(?:.* # (\w+))?/gm)].map((match) => [match[1], match[2], match[3]]);
  assert.equal(points, [
    ['ok', 'one-passes', undefined],
    ['not ok', 'one-fails', undefined],
    ['not ok', 'one-fails-as-known', 'TO' + 'DO'],
    ['not ok', 'one-passes-unawaited', undefined],
    ['ok', 'one-is-skipped', 'SKIP'],
    ['ok', 'one-is-blocked', 'SKIP'],
    ['not ok', 'one-has-an-error', undefined],
  ]);
});

test('a long body is shown by its beginning and its length, control characters never', () => {
  assert.is(shown(Buffer.from('a\u0000b')), 'a\ufffdb');
  assert.match(shown(Buffer.alloc(3_000, 'a')), /^a{2000}… \(3000 bytes\)$/);
});

test.run();
