/** What every step of a build shares. */
import { join } from 'node:path';
import type { Architecture } from '../architecture.ts';
import { ContentStore } from '../store/content-store.ts';
import { OciLayout } from '../store/oci-layout.ts';
import { RuntimeVersions } from '../store/runtime-versions.ts';
import { BuildLocks } from './build-lock.ts';
import { LayerArchives } from './layer-archives.ts';

export type ImageFolders = { images: string; oci: string; locks: string; work: string; roots: string; built: string; tools: string };

export type BuildContext = {
  architecture: Architecture;
  clientsFolder: string;
  folders: ImageFolders;
  packages: ContentStore;
  layers: LayerArchives;
  locks: BuildLocks;
  layout: OciLayout;
  versions: RuntimeVersions;
  report: (line: string) => void;
  /** Tells work folders of one process apart. */
  nextNumber: () => number;
};

export function imageFolders(stateFolder: string): ImageFolders {
  const images = join(stateFolder, 'images');
  return {
    images,
    oci: join(images, 'oci'),
    locks: join(images, 'locks'),
    work: join(images, 'work'),
    roots: join(stateFolder, 'roots'),
    built: join(images, 'built'),
    tools: join(images, 'tools.json'),
  };
}

export function buildContext(options: { stateFolder: string; clientsFolder: string; architecture: Architecture; report: (line: string) => void }): BuildContext {
  const folders = imageFolders(options.stateFolder);
  let number = 0;
  return {
    architecture: options.architecture,
    clientsFolder: options.clientsFolder,
    folders,
    packages: new ContentStore(join(folders.images, 'packages', 'sha256')),
    layers: new LayerArchives(join(folders.images, 'layers')),
    locks: new BuildLocks(folders.locks),
    layout: new OciLayout(folders.oci),
    versions: new RuntimeVersions(join(folders.images, 'versions')),
    report: options.report,
    nextNumber: () => (number += 1),
  };
}
