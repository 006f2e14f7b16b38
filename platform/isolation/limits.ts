/** Every number of this folder: unit, source, and what happens at it. */

/** Inner user and group of every process; `sbx_user1051` of the images (isolation.md §2.2). */
export const INNER_UID = 993;
export const INNER_GID = 990;

/** The server's own group: what a server that was taken over can use at most. Its pages are never billed to a function. */
export const SERVER_MEMORY_MIB = 256;
export const SERVER_PIDS_MAX = 128;

/** One processor per 1,769 MiB (AWS: "Configure Lambda function memory"); short periods keep stalls below 20 ms. */
export const MEMORY_MIB_PER_CPU = 1769;
export const CPU_PERIOD_US = 20_000;
export const CPU_QUOTA_MIN_US = 1_000;

/** What callers may ask for: AWS's ranges for memory and /tmp, with room above for tests of the platform itself. */
export const MEMORY_MIB_RANGE = { min: 16, max: 65_536 } as const;
export const TMP_MIB_RANGE = { min: 4, max: 65_536 } as const;
export const PIDS_RANGE = { min: 4, max: 32_768 } as const;

/** RLIMIT_NOFILE, NPROC, MEMLOCK (KiB) and CORE as seen in AWS's environments; calls beyond fail with EMFILE, EAGAIN, EPERM. */
export const OPEN_FILES_MAX = 1024;
export const PROCESSES_MAX = 742;
export const LOCKED_MEMORY_KIB = 64;

/** Own tmpfs at /run/ctl. */
export const CONTROL_FOLDER_BYTES = 1_048_576;
/** Folder entries and mount points of all sandboxes of one worker; never file content. */
export const MOUNT_ROOT_MIB = 64;
export const DIAGNOSTICS_BYTES = 4_096;
/** Read-only mounts kept ready for code and layers that come back; the least recently used one goes first. */
export const CACHED_SOURCES_MAX = 256;

/**
 * A group with a task in an uninterruptible wait does not freeze; then it is thawed and the caller told. A task that has
 * used up its processor quota freezes only when it gets its next turn, and a loaded machine is slow to give it (50 ms was
 * too short).
 */
export const FREEZE_TIMEOUT_MS = 250;
/** A group that has not frozen by then is in debt with its processor quota; the debt is forgiven so that it can. */
export const CPU_DEBT_PATIENCE_MS = 5;
/** A killed group is empty after a few milliseconds; beyond this something is stuck in the kernel. */
export const KILL_TIMEOUT_MS = 5_000;
export const MOUNT_HELPER_START_TIMEOUT_MS = 10_000;
export const LAUNCH_TIMEOUT_MS = 30_000;

/** Polling of resident memory where nothing in the kernel limits it (process backend). */
export const MEMORY_POLL_MS = 100;

/** First of the outer user ids: far above what distributions, containers and network directories hand out. */
export const OUTER_UID_FIRST = 2 ** 30;
export const OUTER_UID_BLOCK = 4_096;
export const OUTER_UID_BLOCKS = 2 ** 18;
