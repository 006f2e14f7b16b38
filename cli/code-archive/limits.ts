/** Limits of a deployment package, checked before anything is sent. Source: Lambda quotas page; recorded error texts. */

/** Zip file sent in the request itself. */
export const ARCHIVE_BYTES_MAX = 52_428_800;
/** Unpacked, function and layers together; the layers are not known here. */
export const UNPACKED_BYTES_MAX = 262_144_000;
/** A zip file without the zip64 extension counts to 65,535, and that number itself announces zip64. */
export const ARCHIVE_ENTRIES_MAX = 65_534;
