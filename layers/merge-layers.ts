/** Lays the layers of a function over each other into one new folder, which becomes the read-only `/opt`. */

import { stat } from 'node:fs/promises';
import { layersError, quoteName } from './errors.ts';
import { openFolderSource } from './folder-source.ts';
import { ARCHIVE_LIMITS, LAYERS_MAX, type ArchiveLimits } from './limits.ts';
import { marksPackage, planMerge, type MergedEntry, type MergePlan } from './merge-order.ts';
import type { TreeSource } from './tree.ts';
import { writeTree } from './write-tree.ts';
import { openZipSource } from './zip-source.ts';

/** `name` is what reports and messages call the layer, for instance its version's ARN. */
export type LayerSource = { path: string; name: string };

export type MergeReportEntry = { layer: string; kind: 'file' | 'folder' | 'link'; unpackedBytes: number };
export type MergeReport = {
  files: number;
  /** Of what was written; the limit is on the sum of the layers, whatever they replace of each other. */
  unpackedBytes: number;
  layers: { name: string; unpackedBytes: number }[];
  /** In the order in which they happened; a path that three layers have is in it twice. */
  overrides: { path: string; winner: MergeReportEntry; loser: MergeReportEntry }[];
  warnings: string[];
};

export type MergeLayersOptions = {
  /** In order: a later one wins. Each a folder or a zip. */
  layers: readonly LayerSource[];
  /** Must not exist; its parent must. It is there whole, or not at all. */
  destination: string;
  limits?: Partial<ArchiveLimits>;
};

export async function mergeLayers(options: MergeLayersOptions): Promise<MergeReport> {
  if (options.layers.length > LAYERS_MAX) throw layersError('layers/too-many-layers', `${options.layers.length} layers are given and a function can have ${LAYERS_MAX}`);
  const limits = { ...ARCHIVE_LIMITS, ...options.limits };
  const opened: { name: string; source: TreeSource }[] = [];
  try {
    for (const layer of options.layers) opened.push({ name: layer.name, source: await openLayer(layer, limits) });
    const layers = opened.map(({ name, source }) => ({ name, unpackedBytes: source.unpackedBytes }));
    checkSum(layers, limits);
    const plan = planMerge(opened.map(({ name, source }) => ({ name, entries: source.entries })));
    const sourceOf = ({ layerIndex }: MergedEntry): TreeSource => at(opened, layerIndex).source;
    const warnings = await findWarnings(plan, (item) => at(opened, item.layerIndex));
    const written = await writeTree(plan.entries.map((item) => ({ entry: item.entry, source: sourceOf(item) })), options.destination);
    const describe = (item: MergedEntry): MergeReportEntry => ({
      layer: at(opened, item.layerIndex).name,
      kind: item.entry.kind,
      unpackedBytes: item.entry.kind === 'file' ? item.entry.unpackedBytes : 0,
    });
    const overrides = plan.overrides.map(({ path, winner, loser }) => ({ path, winner: describe(winner), loser: describe(loser) }));
    return { ...written, layers, overrides, warnings };
  } finally {
    for (const { source } of opened) await source.close();
  }
}

export async function openLayer(layer: LayerSource, limits: ArchiveLimits): Promise<TreeSource> {
  const status = await stat(layer.path).catch((cause: unknown) => {
    throw layersError('layers/source-unreadable', `the layer ${quoteName(layer.name)} cannot be found`, { cause, detail: { path: layer.path } });
  });
  return status.isDirectory() ? openFolderSource(layer.path, limits) : openZipSource(layer.path, limits);
}

function checkSum(layers: readonly { name: string; unpackedBytes: number }[], limits: ArchiveLimits): void {
  const sum = layers.reduce((bytes, layer) => bytes + layer.unpackedBytes, 0);
  if (sum <= limits.unpackedBytesMax) return;
  const table = layers.map((layer) => `${layer.name}: ${layer.unpackedBytes}`).join(', ');
  throw layersError('layers/unpacked-too-large', `the layers are ${sum} bytes together when unpacked and the limit is ${limits.unpackedBytesMax} (${table})`);
}

async function findWarnings(plan: MergePlan, layerOf: (item: MergedEntry) => { name: string; source: TreeSource }): Promise<string[]> {
  const warnings: string[] = [];
  for (const { path, winner, loser } of plan.overrides) {
    if (!marksPackage(path) || winner.entry.kind !== 'file' || loser.entry.kind !== 'file') continue;
    const [over, under] = [layerOf(winner), layerOf(loser)];
    const isSame = winner.entry.unpackedBytes === loser.entry.unpackedBytes && (await over.source.checksum(winner.entry)) === (await under.source.checksum(loser.entry));
    if (!isSame) warnings.push(`${quoteName(path)} of ${over.name} replaces a different one of ${under.name}: two versions of one package may be mixed`);
  }
  return warnings;
}

function at<Item>(items: readonly Item[], index: number): Item {
  const item = items[index];
  if (item === undefined) throw new RangeError(`there is no layer ${index}`);
  return item;
}
