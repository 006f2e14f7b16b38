/** What an extension subscribes to (runtime-api §12.2). */

export const TELEMETRY_TYPES = ['platform', 'function', 'extension'] as const;
export type TelemetryType = (typeof TELEMETRY_TYPES)[number];

export type TelemetrySubscription = {
  types: readonly TelemetryType[];
  destination: { protocol: 'HTTP'; URI: string } | { protocol: 'TCP'; port: number };
  buffering?: {
    /** 1,000 to 10,000. */
    maxItems?: number;
    /** 262,144 to 1,048,576. */
    maxBytes?: number;
    /** 25 to 30,000. */
    timeoutMs?: number;
  };
  /** Default `2022-12-13`: the oldest in which a JSON log line comes as an object. */
  schemaVersion?: '2022-07-01' | '2022-12-13' | '2025-01-29';
};
