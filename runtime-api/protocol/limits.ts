/** Limits of the runtime interface: value, unit in the name, source, and what happens at the limit. */

/** Synchronous event. Above: 413 to the invoker before the runtime sees anything. Source: quotas page; platform error text. */
export const EVENT_BYTES_MAX = 6_291_456;
/** Event of an asynchronous invocation. Above: 413. Source: quotas page. */
export const EVENT_ASYNC_BYTES_MAX = 1_048_576;
/** Buffered response: 6 MiB + 100 bytes. Above: 413 to the runtime, `Function.ResponseSizeTooLarge` to the invoker. Source: observed error text. */
export const RESPONSE_BYTES_MAX = 6_291_556;
/**
 * Streamed response: 200 MB, counted in MiB like the buffered limit. Above: the invoker's stream ends with
 * `Function.ResponseSizeTooLarge`, the rest is thrown away, 413 to the runtime. Source: response streaming guide.
 */
export const STREAMED_RESPONSE_BYTES_MAX = 209_715_200;
/** What a paced stream may send at once, and then per second. Source: response streaming guide; RIE `core/bandwidthlimiter`. */
export const STREAM_BURST_BYTES = 6_291_456;
export const STREAM_BYTES_PER_SECOND = 2_097_152;
/** Content type of a streamed response, which goes into one header of the channel; a longer one is none. No source. */
export const CONTENT_TYPE_BYTES_MAX = 1_024;
/** Error types in reports and completion events. No source for the number. */
export const ERROR_TYPE_CHARACTERS_MAX = 256;
/** Error bodies are bounded like responses. Source: RIE LMI answers 413 on `/error`. */
export const ERROR_BYTES_MAX = 6_291_556;
/** The same where a runtime has several invocations at once. Source: RIE `internal/lambda-managed-instances/rapi/middleware`. */
export const CONCURRENT_ERROR_BYTES_MAX = 1_048_576;
/** Invocations at the same time in one environment. Source: managed instances guide. */
export const CONCURRENCY_MAX = 1_600;
/** Trailers of a response that failed on the way: base64 of an error body at its limit, and the type. */
export const ERROR_TRAILER_BYTES_MAX = 8_392_704;
/** All header bytes of one request. Clients put up to 1 MiB of X-Ray cause into one header (Ruby, Go); twice that is the end: 431. */
export const HEADER_BYTES_MAX = 2_097_152;
/** Header lines in one request. No source; every known client sends fewer than 20. Above: 431. */
export const HEADER_COUNT_MAX = 100;
/** Method, target and version. Source: RFC 9112 section 3 recommends at least 8,000 octets. Above: 414. */
export const REQUEST_LINE_BYTES_MAX = 8_192;
/** A trace header with lineage has some 150; it has to fit, with everything else, into one header of the channel. Longer ones are no trace. */
export const TRACE_ID_BYTES_MAX = 1_024;
/** Base64 of the invoker's client context. Source: API reference, Invoke. Above: 400. */
export const CLIENT_CONTEXT_BYTES_MAX = 3_583;
/** Log tail handed to an invoker that asked for it. Source: API reference, Invoke. */
export const LOG_TAIL_BYTES_MAX = 4_096;
/** Extension, runtime and function initialisation of an on-demand environment. On expiry: suppressed init. Source: life-cycle guide. */
export const INIT_TIMEOUT_MS = 10_000;
/** The same ahead of any invocation, unless the function timeout is longer. Source: life-cycle guide. */
export const PROVISIONED_INIT_TIMEOUT_MS = 130_000;
/** From the answer to `restore/next` to the runtime's `next`. Above: the invocation fails, the environment is reset. Source: SnapStart guide. */
export const RESTORE_TIMEOUT_MS = 10_000;
/** External and internal together. Above: an extension is refused, a folder with more fails the initialisation. Source: extensions guide. */
export const EXTENSIONS_MAX = 10;
/** Body of a registration or of an error report. No source; both are a few hundred bytes. Above: 413. */
export const EXTENSION_BODY_BYTES_MAX = 65_536;
/** From the first signal to the last SIGKILL. Without any extension there is no time at all. Source: life-cycle guide, shutdown phase. */
export const SHUTDOWN_INTERNAL_MS = 500;
export const SHUTDOWN_EXTERNAL_MS = 2_000;
/** The runtime's share before extensions get their event. Source: life-cycle guide ("300 ms"). */
export const SHUTDOWN_RUNTIME_MS = 300;
/** The same in RIE: 30 % of one budget, which internal extensions have too. Source: RIE `rapid/shutdown.go`. */
export const SHUTDOWN_RUNTIME_RIE_MS = 600;
/** Source: quotas page. */
export const FUNCTION_TIMEOUT_SECONDS_MAX = 900;
export const FUNCTION_TIMEOUT_SECONDS_DEFAULT = 3;
export const FUNCTION_MEMORY_MIB_MIN = 128;
export const FUNCTION_MEMORY_MIB_MAX = 10_240;
export const TMP_MIB_DEFAULT = 512;
export const TMP_MIB_MAX = 10_240;
/** One line of captured output; longer lines are cut into records of this size. Source: isolation notes, attack 75 (256 KiB). */
export const LOG_LINE_BYTES_MAX = 262_144;
