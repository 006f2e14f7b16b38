/** Examines the cases as data. A case that breaks a rule here would make a run say less than it seems to. */
import { SERVER_CATALOGUE } from './catalogue.ts';
import type { Catalogue } from './catalogue.ts';
import { isFeature } from './case.ts';
import type { CaseBase } from './case.ts';

const ID_PATTERN = /^[a-z0-9]+(-[a-z0-9]+)+$/;
const ID_LENGTH_MAX = 60;

/** One sentence per fault; none: the cases are in order. */
export function findCaseFaults(cases: readonly CaseBase[], isKnownNeed: (need: string) => boolean = isFeature): string[] {
  const ids = new Set(cases.map(({ id }) => id));
  return [
    ...findRepeated(cases.map(({ id }) => id)).map((id) => `${id}: is the id of more than one case`),
    ...cases.flatMap((one) => findOwnFaults(one, ids, isKnownNeed)),
    ...findCircles(cases).map((circle) => `${circle.join(' → ')}: depend on each other in a circle`),
  ];
}

function findOwnFaults(one: CaseBase, ids: ReadonlySet<string>, isKnownNeed: (need: string) => boolean): string[] {
  const faults: string[] = [];
  if (!ID_PATTERN.test(one.id) || one.id.length > ID_LENGTH_MAX) faults.push('its id is not kebab-case of subject and condition');
  if (one.title.trim() === '' || /\.$/.test(one.title)) faults.push('its title is no claim without a final stop');
  if (one.source.trim() === '') faults.push('it has no source');
  if (one.needs.length === 0) faults.push('it needs no feature');
  for (const feature of one.needs) if (!isKnownNeed(feature)) faults.push(`it needs ${feature}, which is no feature`);
  const rows = Array.isArray(one.accepts) ? one.accepts : Object.values(one.accepts).flat();
  if (one.level === 'observed' ? rows.length > 0 : rows.length === 0) faults.push('it accepts nothing, or is only observed and accepts something');
  if (rows.some((row) => Object.keys(row).length === 0)) faults.push('it accepts anything at all');
  for (const id of one.dependsOn ?? []) if (!ids.has(id)) faults.push(`it depends on ${id}, which is no case`);
  return faults.map((fault) => `${one.id}: ${fault}`);
}

/** Every id of the catalogue has exactly one case, or a reason why it has none. */
export function findCoverageFaults(cases: readonly CaseBase[], catalogue: Catalogue = SERVER_CATALOGUE, mayRepeat = false): string[] {
  const refs = cases.map(({ ref }) => ref);
  const covered = new Set(refs);
  const known = new Set(catalogue.refs);
  return [
    ...(mayRepeat ? [] : findRepeated(refs)).map((ref) => `${ref}: has more than one case`),
    ...[...covered].filter((ref) => !known.has(ref)).map((ref) => `${ref}: is not in the catalogue`),
    ...catalogue.refs.filter((ref) => !covered.has(ref) && !Object.hasOwn(catalogue.notTestable, ref)).map((ref) => `${ref}: has no case`),
    ...Object.keys(catalogue.notTestable).filter((ref) => covered.has(ref) || !known.has(ref)).map((ref) => `${ref}: is listed as not testable and has a case, or is not in the catalogue`),
  ];
}

function findRepeated(values: readonly string[]): string[] {
  return [...new Set(values.filter((value, index) => values.indexOf(value) !== index))];
}

export function findCircles(cases: readonly CaseBase[]): string[][] {
  const byId = new Map(cases.map((one) => [one.id, one]));
  const done = new Set<string>();
  const circles: string[][] = [];
  const visit = (id: string, trail: readonly string[]): void => {
    const start = trail.indexOf(id);
    if (start !== -1) circles.push([...trail.slice(start), id]);
    if (start !== -1 || done.has(id)) return;
    for (const next of byId.get(id)?.dependsOn ?? []) visit(next, [...trail, id]);
    done.add(id);
  };
  for (const { id } of cases) visit(id, []);
  return circles;
}
