/** States of an extension, spelled as they stand in 403 bodies and log lines. Source: RIE `core/{externalagent,internalagent}_states.go`. */
export const EXTENSION_STATES = [
  'Started',
  'Registered',
  'Ready',
  'Running',
  'InitError',
  'ExitError',
  'Exited',
  'ShutdownFailed',
  'LaunchError',
] as const;
export type ExtensionState = (typeof EXTENSION_STATES)[number];

/** Names are case-sensitive. Source: extensions guide, register. */
export const EXTENSION_EVENT_TYPES = ['INVOKE', 'SHUTDOWN'] as const;
export type ExtensionEventType = (typeof EXTENSION_EVENT_TYPES)[number];

/** Why an environment shuts down, as the SHUTDOWN event tells it. Source: extensions guide, in the case of its examples. */
export const SHUTDOWN_REASONS = ['spindown', 'timeout', 'failure'] as const;
export type ShutdownReason = (typeof SHUTDOWN_REASONS)[number];

/** The same in RIE; a failed initialisation is `spindown` there. Source: RIE `rapidcore/server.go`, `rie/handlers.go`. */
export const SHUTDOWN_REASONS_RIE = { spindown: 'SandboxTerminated', timeout: 'Timeout', failure: 'ReleaseFail' } as const satisfies Record<ShutdownReason, string>;
