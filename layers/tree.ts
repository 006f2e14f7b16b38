/**
 * A tree of files before it is on disk: what a zip or a folder offers, what merging decides on, and what is written.
 * Paths are relative, with single slashes, without `.` and `..`; every entry's parents are folders of the same tree.
 */

export type FileEntry = { kind: 'file'; path: string; isExecutable: boolean; unpackedBytes: number; modifiedEpochSeconds: number };
/** `isImplied`: no entry of the source names the folder; it is there because something lies below it. */
export type FolderEntry = { kind: 'folder'; path: string; isImplied: boolean };
/** `target` has passed `checkLinkTarget`. */
export type LinkEntry = { kind: 'link'; path: string; target: string };
export type TreeEntry = FileEntry | FolderEntry | LinkEntry;

/** Something that holds a checked tree. `close` is called once, by whoever opened it, after the last use. */
export type TreeSource = {
  entries: readonly TreeEntry[];
  unpackedBytes: number;
  /** Creates `destinationPath`, which must not exist, with the file's checked content. */
  writeFile(entry: FileEntry, destinationPath: string): Promise<void>;
  /** CRC-32 of the content: enough to tell whether two files differ, not to trust that they are equal. */
  checksum(entry: FileEntry): Promise<number>;
  close(): Promise<void>;
};

/** Files and links are content; both modes are the only ones that a tree has (setuid, setgid and sticky never survive). */
export const FILE_MODE = 0o644;
export const EXECUTABLE_MODE = 0o755;
export const FOLDER_MODE = 0o755;
/** Any execute bit in the source makes the file executable for all: inside, everything runs as one foreign user. */
export const ANY_EXECUTE_BIT = 0o111;

export function fileMode(entry: FileEntry): number {
  return entry.isExecutable ? EXECUTABLE_MODE : FILE_MODE;
}

/** The folder that a path lies in; undefined at the root. */
export function parentPath(path: string): string | undefined {
  const slash = path.lastIndexOf('/');
  return slash === -1 ? undefined : path.slice(0, slash);
}
