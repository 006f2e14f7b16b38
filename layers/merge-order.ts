/**
 * Decides what a list of trees gives when they are laid over each other (images-and-layers.md §12.3): the later one
 * wins, whole file with its mode; file over folder and folder over file too, and everything below a replaced folder
 * goes. Links are replaced, never followed. Pure: nothing is read or written here.
 */

import { layersError, quoteName } from './errors.ts';
import { parentPath, type TreeEntry } from './tree.ts';

export type NamedEntries = { name: string; entries: readonly TreeEntry[] };
/** `layerIndex` says which of the given trees the entry is from. */
export type MergedEntry = { entry: TreeEntry; layerIndex: number };
export type MergeOverride = { path: string; winner: MergedEntry; loser: MergedEntry };
export type MergePlan = { entries: MergedEntry[]; overrides: MergeOverride[] };

export function planMerge(layers: readonly NamedEntries[]): MergePlan {
  const merged = new Map<string, MergedEntry>();
  const overrides: MergeOverride[] = [];
  layers.forEach((layer, layerIndex) => {
    removeReplacedFolders(layer.entries, layerIndex, merged, overrides);
    for (const entry of layer.entries) lay({ entry, layerIndex }, layer.name, merged, overrides);
  });
  const entries = [...merged.values()].sort((left, right) => (left.entry.path < right.entry.path ? -1 : 1));
  return { entries, overrides };
}

function lay(winner: MergedEntry, layerName: string, merged: Map<string, MergedEntry>, overrides: MergeOverride[]): void {
  const { path } = winner.entry;
  const loser = merged.get(path);
  if (loser === undefined) {
    merged.set(path, winner);
    return;
  }
  if (winner.entry.kind === 'folder') {
    if (loser.entry.kind === 'folder') return;
    // A folder that the later layer names replaces the link; one that is only implied would be written through it.
    if (loser.entry.kind === 'link' && winner.entry.isImplied) {
      throw layersError('layers/entry-under-link', `the layer ${quoteName(layerName)} has entries below ${quoteName(path)}, which is a symbolic link of an earlier layer`);
    }
  }
  merged.set(path, winner);
  overrides.push({ path, winner, loser });
}

/** Takes away what lies below a folder that becomes a file or a link. Parents come before children in `merged`. */
function removeReplacedFolders(entries: readonly TreeEntry[], layerIndex: number, merged: Map<string, MergedEntry>, overrides: MergeOverride[]): void {
  const replacements = new Map<string, MergedEntry>();
  for (const entry of entries) {
    if (entry.kind !== 'folder' && merged.get(entry.path)?.entry.kind === 'folder') replacements.set(entry.path, { entry, layerIndex });
  }
  if (replacements.size === 0) return;
  for (const [path, loser] of merged) {
    const winner = replacements.get(parentPath(path) ?? '');
    if (winner === undefined) continue;
    merged.delete(path);
    if (loser.entry.kind === 'folder') replacements.set(path, winner);
    else overrides.push({ path, winner, loser });
  }
}

/** Collisions that usually mean two versions of one package, of which parts of each survive. */
const PACKAGE_MARKS: readonly RegExp[] = [
  /(^|\/)node_modules\/(@[^/]+\/)?[^/]+\/package\.json$/,
  /(^|\/)[^/]+\.dist-info\/[^/]+$/,
  /(^|\/)java\/lib\/[^/]+\.jar$|^[^/]+\.jar$/,
];

export function marksPackage(path: string): boolean {
  return PACKAGE_MARKS.some((pattern) => pattern.test(path));
}
