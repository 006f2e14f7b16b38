/** Limits of the control plane: value, unit in the name, source, and what happens at the limit. */

/** A whole request. Above: 413 `Request must be smaller than … bytes for the <Operation> operation`. Source: recorded text. */
export const REQUEST_BYTES_MAX = 70_167_211;
/** What is read and thrown away of a request that is too large, so that the client gets to read the answer. Ours. */
export const REQUEST_BYTES_DRAINED_MAX = 2 * REQUEST_BYTES_MAX;
/** All bodies held in memory at once. Above: 429, which SDKs retry. Ours: four of the largest requests. */
export const REQUEST_BYTES_IN_FLIGHT_MAX = 4 * REQUEST_BYTES_MAX;
/** Zip sent in the request. Above: 413. Source: recorded text. */
export const CODE_ZIPPED_BYTES_MAX = 52_428_800;
/** The same, unpacked. Above: 400. Source: recorded text. */
export const CODE_UNZIPPED_BYTES_MAX = 262_144_000;
/** All zips of the account. Above: 400 CodeStorageExceededException. Source: quotas page; recorded account settings. */
export const CODE_STORAGE_BYTES_MAX = 80_530_636_800;
/** Compact JSON of all variables, in bytes. Above: 400. Source: recorded at exactly this size and above. */
export const ENVIRONMENT_BYTES_MAX = 4_096;
/** Bare function name at creation; longer is InvalidParameterValue. Source: recorded. */
export const FUNCTION_NAME_CHARS_MAX = 64;
/** Any reference at creation, update and deletion; longer is a ValidationException. Source: recorded; service model. */
export const FUNCTION_REFERENCE_CHARS_MAX = 140;
/** References of Get and Invoke operations. Source: service model, `NamespacedFunctionName`. */
export const NAMESPACED_REFERENCE_CHARS_MAX = 170;
/** Source: recorded. */
export const QUALIFIER_CHARS_MAX = 128;
/** Source: quotas page; recorded text. */
export const LAYERS_MAX = 5;
/** Source: recorded text. */
export const TAGS_MAX = 50;
/** Entries of one page; a larger `MaxItems` is accepted and gives this. Source: API reference, ListFunctions. */
export const PAGE_ITEMS_MAX = 50;
export const PAGE_ITEMS_REQUESTED_MAX = 10_000;
/** Memory that the model lets pass (managed instances) and what a function on demand may have. */
export const MEMORY_MIB_MODEL_MAX = 32_768;
/** A download link of GetFunction. Afterwards: 403. Source: API reference, GetFunction ("valid for 10 minutes"). */
export const DOWNLOAD_LINK_MS = 600_000;
/** Account-wide concurrency shown by GetAccountSettings. Source: recorded. */
export const CONCURRENT_EXECUTIONS = 1_000;
