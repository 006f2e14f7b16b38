import { readdirSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { runRik, temporaryFolder } from '../run-rik.ts';

const test = suite('cli/commands/image-verbs');

test('image ls on a fresh machine lists every recipe as not built', async () => {
  using home = temporaryFolder();
  const environment = { RIK_HOME: home.path };
  const end = await runRik(['image', 'ls', '--json'], { environment });
  assert.is(end.exitCode, 0, end.stderr);
  const listed: { images: unknown[]; notBuilt: string[] } = JSON.parse(end.stdout);
  assert.equal(listed.images, []);
  for (const reference of ['nodejs24.x@debian', 'python3.11@debian', 'java17@debian', 'provided.al2023@debian']) assert.ok(listed.notBuilt.includes(reference), reference);
  const people = await runRik(['image', 'ls'], { environment });
  assert.match(people.stdout, /nodejs24\.x@debian +- +- +not built/);
});

test('image build of an unknown reference is refused with the known ones, and nothing is built', async () => {
  using home = temporaryFolder();
  const end = await runRik(['image', 'build', 'nodejs24.x@debian', 'cobol@debian'], { environment: { RIK_HOME: home.path } });
  assert.is(end.exitCode, 2, end.stderr);
  assert.is(end.stdout, '');
  assert.match(end.stderr, 'cobol@debian');
  assert.match(end.stderr, 'nodejs24.x@debian');
  assert.equal(readdirSync(home.path), []);
});

test.run();
