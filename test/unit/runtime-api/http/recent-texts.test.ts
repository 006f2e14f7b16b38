import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { refusal } from '../../../../runtime-api/http/head-refusal.ts';
import { RecentTexts } from '../../../../runtime-api/http/recent-texts.ts';

const test = suite('runtime-api/http/recent-texts');

/** Reads texts in turn; returns those that had to be parsed. */
function parsedOf(texts: readonly string[]): string[] {
  const recent = new RecentTexts<{ text: string }>();
  const parsed: string[] = [];
  for (const text of texts) {
    const value = recent.read(text, (unread) => {
      parsed.push(unread);
      return unread.startsWith('bad') ? refusal(400, 'bad') : { text: unread };
    });
    if ('text' in value) assert.is(value.text, text);
  }
  return parsed;
}

test('a text that was read among the last four is not parsed again', () => {
  assert.equal(parsedOf(['a', 'b', 'c', 'd', 'a', 'b', 'c', 'd']), ['a', 'b', 'c', 'd']);
});

test('the oldest of four makes room for a fifth', () => {
  assert.equal(parsedOf(['a', 'b', 'c', 'd', 'e', 'b', 'c', 'd', 'e', 'a']), ['a', 'b', 'c', 'd', 'e', 'a']);
});

test('a refused text is parsed each time', () => {
  assert.equal(parsedOf(['bad', 'bad']), ['bad', 'bad']);
});

test('a text of 1,024 characters is kept, one more is not', () => {
  const [kept, long] = ['x'.repeat(1_024), 'y'.repeat(1_025)];
  assert.equal(parsedOf([kept, long, kept, long]), [kept, long, long]);
});

test('after clear everything is parsed anew', () => {
  const recent = new RecentTexts<{ n: number }>();
  let count = 0;
  const read = (): unknown => recent.read('a', () => ({ n: (count += 1) }));
  read();
  recent.clear();
  read();
  assert.is(count, 2);
});

test.run();
