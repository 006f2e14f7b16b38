/** Every limit of this folder in one table; at the limit is accepted, one above is refused. */

export type ArchiveLimits = {
  /** Sum of all file sizes after unpacking. */
  unpackedBytesMax: number;
  /** Files, links and folders, with the folders that no entry names but that have to be made. */
  entriesMax: number;
  /** Unpacked over packed size of one entry. */
  ratioMax: number;
};

export const ARCHIVE_LIMITS: ArchiveLimits = {
  // AWS Lambda Developer Guide, quotas: deployment package, unzipped, function and layers together: 250 MB.
  unpackedBytesMax: 262_144_000,
  // The most that a zip without the 64-bit extension can count. Ours: no limit is documented.
  entriesMax: 65_535,
  // Deflate cannot exceed 1032:1 (258 bytes from two bits); whatever claims more lies about its size.
  ratioMax: 1032,
};

/** AWS Lambda Developer Guide, quotas: layers of one function. */
export const LAYERS_MAX = 5;

/** Leaves as much again below Linux' PATH_MAX of 4096 for the folder that the tree is unpacked into. */
export const PATH_BYTES_MAX = 2048;
/** NAME_MAX of every file system that rik runs on. */
export const NAME_BYTES_MAX = 255;
/** PATH_MAX less its NUL: what a symbolic link can hold. */
export const LINK_TARGET_BYTES_MAX = 4095;
