/** Every error of this folder. `apiMessage` is the text that the vendor's API gives for the same upload. */

import { CodedError, isCodedError, type Fault } from '../foundation/coded-error.ts';

/** platform.md §5.2, area "code": both are InvalidParameterValueException there. */
const NOT_UNZIPPED = 'Could not unzip uploaded file. Please check your file, then try to upload again.';
const TOO_LARGE = 'Unzipped size must be smaller than 262144000 bytes';

export const LAYERS_ERRORS = {
  'layers/not-an-archive': { fault: 'caller', summary: 'The bytes are not a zip archive, or its directory is damaged or cut off.', apiMessage: NOT_UNZIPPED },
  'layers/bad-entry-name': { fault: 'caller', summary: 'An entry name is absolute, climbs with "..", or holds a backslash, a NUL, a drive letter or bytes that are not UTF-8.', apiMessage: NOT_UNZIPPED },
  'layers/duplicate-entry': { fault: 'caller', summary: 'Two entries of one archive have the same path, or one is a file and a folder at once.', apiMessage: NOT_UNZIPPED },
  'layers/entry-under-link': { fault: 'caller', summary: 'An entry would be written through a symbolic link.', apiMessage: NOT_UNZIPPED },
  'layers/bad-link': { fault: 'caller', summary: 'A symbolic link is absolute, leads out of the tree, or its target cannot be read.', apiMessage: NOT_UNZIPPED },
  'layers/unsupported-entry': { fault: 'caller', summary: 'An entry is encrypted, a device, a socket or a pipe, or is compressed by another method than deflate.', apiMessage: NOT_UNZIPPED },
  'layers/damaged-entry': { fault: 'caller', summary: 'The data of an entry does not inflate to its declared size and checksum, or overlaps another entry.', apiMessage: NOT_UNZIPPED },
  'layers/suspicious-ratio': { fault: 'caller', summary: 'An entry claims to inflate further than deflate can.', apiMessage: NOT_UNZIPPED },
  'layers/too-many-entries': { fault: 'caller', summary: 'The tree has more files and folders than the limit.', apiMessage: NOT_UNZIPPED },
  'layers/unpacked-too-large': { fault: 'caller', summary: 'The unpacked content is larger than the limit.', apiMessage: TOO_LARGE },
  'layers/too-many-layers': { fault: 'caller', summary: 'More layers are given than a function may have.', apiMessage: 'Cannot reference more than 5 layers.' },
  'layers/source-unreadable': { fault: 'caller', summary: 'An archive or a folder does not exist or cannot be read.', apiMessage: NOT_UNZIPPED },
  'layers/destination-exists': { fault: 'platform', summary: 'The folder to unpack into is there already; content is never unpacked over other content.', apiMessage: undefined },
  'layers/cannot-write': { fault: 'environment', summary: 'The unpacked files cannot be written, for instance because the disk is full.', apiMessage: undefined },
} as const satisfies Record<string, { fault: Fault; summary: string; apiMessage: string | undefined }>;

export type LayersErrorCode = keyof typeof LAYERS_ERRORS;

export function layersError(code: LayersErrorCode, message: string, extra: { hint?: string; detail?: Record<string, unknown>; cause?: unknown } = {}): CodedError {
  return new CodedError({ code, fault: LAYERS_ERRORS[code].fault, message, ...extra });
}

/** The vendor's text for an upload that was refused here; undefined when the upload is not to blame. */
export function uploadRefusalMessage(error: unknown): string | undefined {
  if (!isCodedError(error)) return undefined;
  const row = Object.entries(LAYERS_ERRORS).find(([code]) => code === error.code)?.[1];
  return row?.apiMessage;
}

const NAME_SHOWN_MAX_CHARACTERS = 120;

/** A hostile name made fit for a message: quoted, control characters escaped, cut. */
export function quoteName(name: string): string {
  const quoted = JSON.stringify(name);
  return quoted.length <= NAME_SHOWN_MAX_CHARACTERS ? quoted : `${quoted.slice(0, NAME_SHOWN_MAX_CHARACTERS)}…"`;
}
