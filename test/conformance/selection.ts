/** Which of the cases are run, and which of these say nothing about a target. */
import type { CaseBase, ConformanceCase, Level, Profile, Topic } from './case.ts';
import type { Target } from './kit/target.ts';

export type Selection = {
  /** Ids or catalogue ids. */
  ids?: readonly string[];
  levels?: readonly Level[];
  topics?: readonly string[];
  /** Topics or needed features. */
  tags?: readonly string[];
  /** Only cases that are about this profile and no other. */
  profile?: Profile;
};

export class SelectionFault extends Error {}

/** Throws when a part of the selection names nothing, or when nothing is left: a run of no case is never green. */
export function selectCases<One extends CaseBase & { profile?: Profile }>(topics: readonly Topic<One>[], selection: Selection): One[] {
  const all = topics.flatMap(({ cases }) => cases);
  for (const id of selection.ids ?? []) {
    if (!all.some((one) => isNamed(one, id))) throw new SelectionFault(`there is no case ${id}; "list" shows them all`);
  }
  for (const name of selection.topics ?? []) {
    if (!topics.some((topic) => topic.name === name)) throw new SelectionFault(`there is no topic ${name}; there are ${topics.map((topic) => topic.name).join(', ')}`);
  }
  for (const tag of selection.tags ?? []) {
    if (!topics.some((topic) => topic.name === tag || topic.cases.some(({ needs }) => needs.includes(tag)))) throw new SelectionFault(`there is no tag ${tag}; a tag is a topic or a feature that cases need`);
  }
  const selected = topics
    .map((topic) => ({ name: topic.name, cases: topic.cases.filter((one) => selection.tags === undefined || selection.tags.some((tag) => tag === topic.name || one.needs.includes(tag))) }))
    .filter((topic) => selection.topics === undefined || selection.topics.includes(topic.name))
    .flatMap(({ cases }) => cases)
    .filter((one) => selection.ids === undefined || selection.ids.some((id) => isNamed(one, id)))
    .filter((one) => selection.levels === undefined || selection.levels.includes(one.level))
    .filter((one) => selection.profile === undefined || one.profile === selection.profile);
  if (selected.length === 0) throw new SelectionFault('the selection leaves no case');
  return selected;
}

function isNamed(one: CaseBase, idOrRef: string): boolean {
  return one.id === idOrRef || one.ref.toLowerCase() === idOrRef.toLowerCase();
}

/** Why a case is not run against a target; undefined: it is. */
export function skipReason(one: ConformanceCase, target: Target, unavailable: ReadonlyMap<string, string>): string | undefined {
  if (one.profile !== undefined && one.profile !== target.profile) return `is about the profile ${one.profile}; ${target.name} has ${target.profile}`;
  for (const feature of one.needs) {
    const lacking = target.lacks.get(feature) ?? unavailable.get(feature);
    if (lacking !== undefined) return `needs ${feature}: ${lacking}`;
  }
  return undefined;
}
