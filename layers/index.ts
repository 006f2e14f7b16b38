/** Public surface of `layers`: unpacking what users upload, and laying layers over each other. */

export { extractArchive, type ExtractArchiveOptions } from './extract-archive.ts';
export { mergeLayers, type LayerSource, type MergeLayersOptions, type MergeReport, type MergeReportEntry } from './merge-layers.ts';
export { digestFolder, digestLayer, layerSetKey } from './content-digest.ts';
export { removePartialTrees, type WrittenTree } from './write-tree.ts';
export { LAYERS_ERRORS, uploadRefusalMessage, type LayersErrorCode } from './errors.ts';
export { ARCHIVE_LIMITS, LAYERS_MAX, type ArchiveLimits } from './limits.ts';
