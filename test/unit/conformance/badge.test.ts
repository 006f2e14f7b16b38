import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { renderBadge, renderJson, summariseReport } from '../../conformance/index.ts';
import { oneOfEveryKind, sampleSummary } from './sample-cases.ts';

const test = suite('conformance/report/badge');
const everyKind = oneOfEveryKind();
const ofKind = (...ids: readonly string[]): string => renderJson(sampleSummary(everyKind.filter(({ case: one }) => ids.includes(one.id))));

test('something unexpected makes the badge red', () => {
  const { color, message, unexpected, skipped } = summariseReport(renderJson(sampleSummary()));
  assert.equal({ color, message, unexpected, skipped }, { color: 'red', message: 'required 2/6, optional 0/0', unexpected: 3, skipped: 1 });
});

test('a known failure makes it yellow', () => assert.is(summariseReport(ofKind('one-passes', 'one-fails-as-known')).color, 'yellow'));

test('all required cases passed make it green', () => assert.is(summariseReport(ofKind('one-passes', 'one-is-skipped')).color, 'brightgreen'));

test('a run in which everything was skipped is not green', () => assert.is(summariseReport(ofKind('one-is-skipped')).color, 'red'));

for (const [title, text] of [
  ['text that is no JSON', 'x'],
  ['a report without cases', '{"target":"x","cases":[]}'],
  ['JSON that is something else', '[1]'],
] as const) {
  test(`${title} is refused`, () => assert.throws(() => summariseReport(text), /no report of a run/));
}

test('the picture says its text twice, for eyes and for readers, and escapes it', () => {
  const svg = renderBadge({ ...summariseReport(ofKind('one-passes')), message: '<script>&' });
  assert.is(svg.includes('<script>'), false);
  assert.is(svg.split('&lt;script&gt;&amp;').length - 1, 3);
  assert.match(svg, /^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
});

test.run();
