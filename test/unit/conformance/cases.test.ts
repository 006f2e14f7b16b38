import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { findCaseFaults, findCircles, findCoverageFaults, findRuntimeCoverageFaults, loadLists, MANAGED_CATALOGUE, isRuntimeNeed, isRuntimeTarget, parseRuntimeTarget, parseTarget, RUNTIME_CATALOGUE, RUNTIME_TOPICS, SERVER_CATALOGUE, TOPICS } from '../../conformance/index.ts';
import { sampleCase } from './sample-cases.ts';

const FOLDER = join(import.meta.dirname, '..', '..', 'conformance');
const cases = TOPICS.flatMap((topic) => topic.cases);
const runtimeCases = RUNTIME_TOPICS.flatMap((topic) => topic.cases);

const test = suite('conformance/cases');

test('the cases are in order as data', () => {
  assert.equal(findCaseFaults(cases), []);
  assert.equal(findCaseFaults(runtimeCases, isRuntimeNeed), []);
});

test('no id is both a case about servers and one about runtimes', () => {
  assert.equal(cases.map(({ id }) => id).filter((id) => runtimeCases.some((one) => one.id === id)), []);
});

test('every runtime id of the catalogue has exactly one case or a reason', () => {
  assert.is(RUNTIME_CATALOGUE.refs.length, 66);
  assert.is(MANAGED_CATALOGUE.refs.length, 255);
  assert.equal(findRuntimeCoverageFaults(runtimeCases), []);
});

test('every server id of the catalogue has exactly one case or a reason', () => {
  assert.is(SERVER_CATALOGUE.refs.length, 304);
  assert.equal(findCoverageFaults(cases), []);
});

test('every file of cases is listed under its own name', () => {
  const files = readdirSync(join(FOLDER, 'cases')).filter((name) => /^export const [A-Z_]+_CASES\b/m.test(readFileSync(join(FOLDER, 'cases', name), 'utf8')));
  assert.equal(TOPICS.map(({ name }) => `${name}.ts`).sort(), files.sort());
});

test('the lists of every target name cases that exist', () => {
  const ids = new Set([...cases, ...runtimeCases].map(({ id }) => id));
  for (const file of readdirSync(join(FOLDER, 'known-failing'))) {
    const { knownFailing, flaky } = loadLists(basename(file, '.txt'));
    assert.equal([...knownFailing.keys(), ...flaky.keys()].filter((id) => !ids.has(id)), [], file);
  }
});

test('every target file is complete and has the name of its file', () => {
  for (const file of readdirSync(join(FOLDER, 'targets'))) {
    const text = readFileSync(join(FOLDER, 'targets', file), 'utf8');
    const target = isRuntimeTarget(JSON.parse(text)) ? parseRuntimeTarget(text, file) : parseTarget(text, file);
    assert.is(`${target.name}.json`, file);
  }
});

for (const [title, changes, fault] of [
  ['an id that is not kebab-case is a fault', { id: 'Subject' }, /kebab-case/],
  ['a case without a source is a fault', { source: ' ' }, /no source/],
  ['a case that needs nothing is a fault', { needs: [] }, /needs no feature/],
  ['a dependency that is no case is a fault', { dependsOn: ['not-there'] }, /not-there, which is no case/],
  ['a case that accepts nothing is a fault', { accepts: [] }, /accepts nothing/],
  ['a case that accepts anything is a fault', { accepts: [{}] }, /anything at all/],
  ['an observed case that accepts something is a fault', { level: 'observed' }, /only observed/],
  ['a title that ends in a stop is a fault', { title: 'It is so.' }, /title/],
] as const) {
  test(title, () => {
    const faults = findCaseFaults([sampleCase(changes)]);
    assert.is(faults.length, 1);
    assert.match(faults[0] ?? '', fault);
  });
}

test('an id that two cases have is a fault', () => {
  assert.match(findCaseFaults([sampleCase(), sampleCase()]).join(), /more than one case/);
});

test('cases that depend on each other in a circle are a fault', () => {
  const circle = [sampleCase({ id: 'a-b', dependsOn: ['b-c'] }), sampleCase({ id: 'b-c', dependsOn: ['c-a'] }), sampleCase({ id: 'c-a', dependsOn: ['a-b'] })];
  assert.is(findCircles(circle).length, 1);
  assert.match(findCaseFaults(circle).join(), /in a circle/);
});

test('a case that depends on itself is a circle', () => {
  assert.equal(findCircles([sampleCase({ dependsOn: ['subject-condition'] })]), [['subject-condition', 'subject-condition']]);
});

test('a catalogue id that is covered twice, or is none, is a fault', () => {
  const faults = findCoverageFaults([...cases, sampleCase(), sampleCase({ ref: 'RT-999' })]);
  assert.equal(faults, ['RT-001: has more than one case', 'RT-999: is not in the catalogue']);
});

test('a catalogue id without a case is a fault', () => {
  assert.equal(findCoverageFaults(cases.filter(({ ref }) => ref !== 'FD-015')), ['FD-015: has no case']);
});

test.run();
