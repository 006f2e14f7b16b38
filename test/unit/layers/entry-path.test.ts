import { posix } from 'node:path';
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { isCodedError } from '../../../foundation/coded-error.ts';
import { checkLinkTarget, parseEntryPath } from '../../../layers/entry-path.ts';

const test = suite('layers/entry-path');

test('ordinary names are paths, without a trailing slash', () => {
  for (const name of ['a', 'a/b.c', '...', 'a/..b', '.hidden', 'C', 'c d', 'naïve']) assert.is(parseEntryPath(name), name);
  assert.is(parseEntryPath('a/b/'), 'a/b');
});

const part = fc.constantFrom('a', 'b', '..', '.', '', 'C:', '\\', '\0', 'x'.repeat(256), '\ud800', 'é');

test('whatever the name is, what is accepted stays below the root and means the same when normalised', () => {
  fc.assert(
    fc.property(fc.oneof(fc.array(part).map((parts) => parts.join('/')), fc.string()), (name) => {
      let path: string;
      try {
        path = parseEntryPath(name);
      } catch (error) {
        assert.ok(isCodedError(error) && error.code === 'layers/bad-entry-name');
        return;
      }
      assert.is(posix.normalize(path), path);
      assert.ok(posix.join('/root', path).startsWith('/root/'));
      assert.not.match(path, /[\0\\]/);
    }),
    { numRuns: 2000 },
  );
});

test('a name is accepted at the longest and refused one byte above it', () => {
  const longest = `${'d/'.repeat(1023)}xy`;
  assert.is(parseEntryPath(longest), longest);
  assert.throws(() => parseEntryPath(`${longest}z`), /longer than 2048 bytes/);
  assert.is(parseEntryPath('x'.repeat(255)), 'x'.repeat(255));
  assert.throws(() => parseEntryPath('é'.repeat(128)), /longer than 255 bytes/);
});

test('links inside the tree are accepted', () => {
  for (const [path, target] of [['l', 'a'], ['l', './a/b'], ['a/l', '..'], ['a/l', '../b'], ['node_modules/.bin/x', '../x/cli.js'], ['a/b/l', '../../c//d/']] as const) {
    checkLinkTarget(path, target);
  }
});

test('links that lead out, or may together with another, are refused', () => {
  for (const [path, target] of [['l', '..'], ['l', '/a'], ['a/l', '../..'], ['l', 'a/..'], ['l', './a/../b'], ['l', ''], ['l', 'a\0'], ['l', 'a\\b'], ['l', 'C:/a'], ['l', '\ud800']] as const) {
    assert.throws(() => checkLinkTarget(path, target), (error: unknown) => isCodedError(error) && error.code === 'layers/bad-link', target);
  }
});

test('no set of accepted links leads out of the tree, resolved one through the other', () => {
  const names = ['a', 'b', 'c'];
  const name = fc.constantFrom(...names);
  const target = fc.array(fc.constantFrom('..', '.', 'l', 'm', 'n', ...names), { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));
  const link = fc.record({ folder: fc.array(name, { maxLength: 2 }), leaf: fc.constantFrom('l', 'm', 'n'), target });
  fc.assert(
    fc.property(fc.array(link, { maxLength: 6 }), (links) => {
      const accepted = new Map<string, string>();
      for (const { folder, leaf, target: to } of links) {
        const path = [...folder, leaf].join('/');
        try {
          checkLinkTarget(path, to);
          accepted.set(path, to);
        } catch {
          // Refused, so that it is never written.
        }
      }
      for (const path of accepted.keys()) assert.is(leavesRoot([path], accepted), false, `${path} of ${JSON.stringify([...accepted])}`);
    }),
    { numRuns: 2000 },
  );
});

/** Follows links as a kernel does, with every name that is no link taken for a folder. */
function leavesRoot(parts: string[], links: ReadonlyMap<string, string>): boolean {
  const pending = parts.flatMap((each) => each.split('/'));
  const at: string[] = [];
  for (let steps = 0; pending.length > 0 && steps < 200; steps += 1) {
    const next = pending.shift();
    if (next === undefined || next === '.' || next === '') continue;
    if (next === '..') {
      if (at.length === 0) return true;
      at.pop();
      continue;
    }
    const target = links.get([...at, next].join('/'));
    if (target === undefined) at.push(next);
    else pending.unshift(...target.split('/'));
  }
  return false;
}

test.run();
