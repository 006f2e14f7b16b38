/**
 * The body of a subscription to the Telemetry or the Logs API: everything that is wrong with it is said at once, as AWS does.
 * Source: Telemetry API guide; RIE's second mode, `telemetry-subscription-schema.json` and `client.go`.
 */
import type { ExtensionReplyErrorType } from '../protocol/error-types.ts';
import {
  LOGS_SCHEMA_VERSIONS,
  TELEMETRY_BUFFERING,
  TELEMETRY_CATEGORIES,
  TELEMETRY_HOSTS,
  TELEMETRY_PORT_TAKEN,
  TELEMETRY_SCHEMA_VERSIONS,
} from '../protocol/telemetry.ts';
import type { SchemaVersion, TelemetryCategory } from '../protocol/telemetry.ts';

export type SubscriptionApi = 'telemetry' | 'logs';

export type Buffering = { maxItems: number; maxBytes: number; timeoutMs: number };

/** Always on the environment's own loopback: whoever subscribes chooses the port and the path, never the host. */
export type Destination =
  | { protocol: 'HTTP'; port: number; path: string; method: 'POST' | 'PUT'; hostHeader: string }
  | { protocol: 'TCP'; port: number };

export type Subscription = {
  api: SubscriptionApi;
  schemaVersion: SchemaVersion;
  types: readonly TelemetryCategory[];
  destination: Destination;
  buffering: Buffering;
};

export const VALIDATION_ERROR_TYPES = { telemetry: 'ValidationError', logs: 'Logs.ValidationError' } as const satisfies Record<SubscriptionApi, ExtensionReplyErrorType>;

/** A URI longer than any program needs would only be kept. */
const URI_CHARACTERS_MAX = 2_048;

export function parseSubscription(api: SubscriptionApi, body: Buffer, runtimeApiPort: number): Subscription | { problems: readonly string[] } {
  const value = parseJson(body);
  if (!isRecord(value)) return { problems: ['the body is not a JSON object'] };
  const problems: string[] = [];
  const subscription = {
    api,
    schemaVersion: readSchemaVersion(api, value['schemaVersion'], problems),
    types: readTypes(value['types'], problems),
    destination: readDestination(api, value['destination'], problems),
    buffering: readBuffering(value['buffering'], problems),
  };
  const takenPorts = [TELEMETRY_PORT_TAKEN, runtimeApiPort];
  if (subscription.destination !== undefined && takenPorts.includes(subscription.destination.port)) problems.push(`port ${subscription.destination.port} is reserved`);
  if (problems.length > 0) return { problems };
  const { schemaVersion, destination } = subscription;
  if (schemaVersion === undefined || destination === undefined) return { problems: ['the subscription is incomplete'] };
  return { ...subscription, schemaVersion, destination };
}

function readSchemaVersion(api: SubscriptionApi, value: unknown, problems: string[]): SchemaVersion | undefined {
  const known: readonly SchemaVersion[] = api === 'telemetry' ? TELEMETRY_SCHEMA_VERSIONS : LOGS_SCHEMA_VERSIONS;
  // In the Logs API the version came later than the first subscribers.
  if (value === undefined && api === 'logs') return LOGS_SCHEMA_VERSIONS[0];
  const found = known.find((version) => version === value);
  if (found === undefined) problems.push(`schemaVersion should be one of ${known.join(', ')}`);
  return found;
}

function readTypes(value: unknown, problems: string[]): readonly TelemetryCategory[] {
  if (!Array.isArray(value)) problems.push('types should be a list');
  else if (value.length === 0) problems.push('types should not be empty');
  else if (value.some((type) => !TELEMETRY_CATEGORIES.some((known) => known === type))) problems.push(`types should be of ${TELEMETRY_CATEGORIES.join(', ')}`);
  else return TELEMETRY_CATEGORIES.filter((type) => value.includes(type));
  return [];
}

function readDestination(api: SubscriptionApi, value: unknown, problems: string[]): Destination | undefined {
  if (!isRecord(value)) {
    problems.push('destination should be an object');
    return undefined;
  }
  const { protocol, port, URI: uri, method = 'POST', encoding = 'JSON' } = value;
  if (api === 'logs' && encoding !== 'JSON') problems.push('destination.encoding should be JSON');
  if (protocol === 'TCP') {
    if (isInteger(port, 1, 65_535)) return { protocol, port };
    problems.push('destination.port should be an integer from 1 to 65535');
  } else if (protocol === 'HTTP') {
    const chosen = api === 'logs' && method === 'PUT' ? 'PUT' : 'POST';
    if (api === 'logs' && method !== chosen) problems.push('destination.method should be POST or PUT');
    return readUri(uri, chosen, problems);
  } else problems.push('destination.protocol should be HTTP or TCP');
  return undefined;
}

function readUri(uri: unknown, method: 'POST' | 'PUT', problems: string[]): Destination | undefined {
  const url = typeof uri === 'string' && uri.length <= URI_CHARACTERS_MAX ? parseUrl(uri) : undefined;
  if (url?.protocol !== 'http:') problems.push('destination.URI should be a http URI');
  else if (!TELEMETRY_HOSTS.some((host) => host === url.hostname)) problems.push(`destination.URI host must be ${TELEMETRY_HOSTS[0]}`);
  // The parser leaves out a port of 80; who means it has said so.
  else if (url.port === '' && !/^http:\/\/[^/?#]*:0*80(?:[/?#]|$)/i.test(String(uri))) problems.push('URI port is not provided');
  else if (url.port === '0') problems.push('destination.URI port should be from 1 to 65535');
  else return { protocol: 'HTTP', port: url.port === '' ? 80 : Number(url.port), path: url.pathname + url.search, method, hostHeader: url.host };
  return undefined;
}

function readBuffering(value: unknown, problems: string[]): Buffering {
  const { maxItems, maxBytes, timeoutMs } = TELEMETRY_BUFFERING;
  const buffering: Buffering = { maxItems: maxItems.default, maxBytes: maxBytes.default, timeoutMs: timeoutMs.default };
  if (value === undefined || value === null) return buffering;
  if (!isRecord(value)) {
    problems.push('buffering should be an object');
    return buffering;
  }
  for (const name of ['maxItems', 'maxBytes', 'timeoutMs'] as const) {
    const given = value[name];
    const { min, max } = TELEMETRY_BUFFERING[name];
    if (given === undefined) continue;
    if (isInteger(given, min, max)) buffering[name] = given;
    else problems.push(`buffering.${name} should be an integer from ${min} to ${max}`);
  }
  return buffering;
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}

function parseUrl(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isInteger(value: unknown, min: number, max: number): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max;
}
