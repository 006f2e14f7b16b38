/**
 * From method and raw path to an operation. Matching is on the path as it was sent, and labels are decoded afterwards:
 * an ARN in a label arrives as `arn%3Aaws…` and may hold an encoded slash. Pure.
 */
import { serialization } from '../input/structure-reader.ts';
import { OPERATION_INDEX, type OperationName, type OperationRoute } from './operation-index.ts';

export type RouteMatch = { operation: OperationName; labels: Map<string, string> };

type CompiledRoute = { operation: OperationName; method: string; segments: string[]; query: OperationRoute['query'] };

const ROUTES: CompiledRoute[] = OPERATION_INDEX.map((route) => ({
  operation: route.operation,
  method: route.method,
  segments: route.path.split('/'),
  query: 'query' in route ? route.query : undefined,
}));

export function route(method: string, rawPath: string, query: URLSearchParams): RouteMatch | undefined {
  const segments = withoutTrailingSlash(rawPath).split('/');
  for (const candidate of ROUTES) {
    if (candidate.method !== method || candidate.segments.length !== segments.length) continue;
    if (candidate.query !== undefined && query.get(candidate.query[0]) !== candidate.query[1]) continue;
    const labels = matchSegments(candidate.segments, segments);
    if (labels !== undefined) return { operation: candidate.operation, labels: decodeLabels(labels) };
  }
  return undefined;
}

/** Splits a request target without normalising it: dot segments and double slashes stay what they are. */
export function splitTarget(target: string): { rawPath: string; query: URLSearchParams } {
  const mark = target.indexOf('?');
  if (mark === -1) return { rawPath: target, query: new URLSearchParams() };
  return { rawPath: target.slice(0, mark), query: new URLSearchParams(target.slice(mark + 1)) };
}

/** Percent-decoding of one label; `+` stands for itself. Fails like the service's framework on a broken escape. */
export function decodeLabel(raw: string): string {
  try {
    return decodeURIComponent(raw);
  } catch {
    throw serialization('Unable to decode a percent-encoded label of the request path');
  }
}

/** Some SDKs end several of these paths with a slash (the JavaScript one for ListFunctions). */
function withoutTrailingSlash(path: string): string {
  return path.endsWith('/') ? path.slice(0, -1) : path;
}

function matchSegments(pattern: string[], segments: string[]): Map<string, string> | undefined {
  const labels = new Map<string, string>();
  for (const [index, expected] of pattern.entries()) {
    const actual = segments[index] ?? '';
    if (expected.startsWith('{')) labels.set(expected.slice(1, -1), actual);
    else if (expected !== actual) return undefined;
  }
  return labels;
}

function decodeLabels(labels: Map<string, string>): Map<string, string> {
  return new Map([...labels].map(([name, raw]) => [name, decodeLabel(raw)]));
}
