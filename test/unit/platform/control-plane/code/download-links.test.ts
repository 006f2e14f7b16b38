import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ApiError } from '../../../../../platform/api/index.ts';
import { createDownloadLinks, DOWNLOAD_PATH_PREFIX } from '../../../../../platform/control-plane/code/download-links.ts';
import { fakeClock } from '../../../../support/fake-clock.ts';

const test = suite('platform/control-plane/code/download-links');

const DIGEST = 'ab'.repeat(32);

function opened(links: ReturnType<typeof createDownloadLinks>, address: string): string {
  const { pathname, searchParams } = new URL(address);
  return links.open(pathname.slice(DOWNLOAD_PATH_PREFIX.length), searchParams);
}

function refusalOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof ApiError) return `${error.status} ${error.publicMessage}`;
    throw error;
  }
  throw new Error('the link was accepted');
}

test('a link opens for ten minutes and not a millisecond longer', () => {
  const clock = fakeClock();
  const links = createDownloadLinks(clock);
  const link = links.make('http://127.0.0.1:1', DIGEST);
  assert.is(opened(links, link), DIGEST);
  clock.advance(600_000);
  assert.is(opened(links, link), DIGEST);
  clock.advance(1);
  assert.is(refusalOf(() => opened(links, link)), '403 Request has expired');
});

test('an altered link is refused', () => {
  const links = createDownloadLinks(fakeClock());
  const link = links.make('http://127.0.0.1:1', DIGEST);
  const later = link.replace(/expires=(\d+)/, (_all, expires) => `expires=${Number(expires) + 1}`);
  for (const altered of [link.replace('ab', 'cd'), later, link.slice(0, -1), `${link}0`, link.replace(/signature=.*/, ''), link.replace('.zip', '')])
    assert.is(refusalOf(() => opened(links, altered)), '403 The link is not valid', altered);
});

test('a link of another process is refused', () => {
  const clock = fakeClock();
  const link = createDownloadLinks(clock).make('http://127.0.0.1:1', DIGEST);
  assert.is(refusalOf(() => opened(createDownloadLinks(clock), link)), '403 The link is not valid');
});

test.run();
