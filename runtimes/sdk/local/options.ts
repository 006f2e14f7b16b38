/** What the local mode can be told; words of the command line win. */
export type LocalOptions = {
  /** Port of the front door on 127.0.0.1. Default 7000; `--port N` or `RIK_LOCAL_PORT`. */
  port?: number;
  /** One invocation with the event in this file (`-`: standard input) in place of the front door; `--event FILE` or `RIK_LOCAL_EVENT`. */
  event?: string;
  /** Default 30 seconds, counted from the delivery. */
  timeoutMs?: number;
};

export const LOCAL_PORT = 7000;
export const LOCAL_TIMEOUT_MS = 30_000;
