/** Who in a browser may call, decided without running anything. Pure. Source: Fetch standard, CORS protocol; function URL guide, `Cors`. */
import {
  CORS_ALLOW_CREDENTIALS_HEADER,
  CORS_ALLOW_HEADERS_HEADER,
  CORS_ALLOW_METHODS_HEADER,
  CORS_ALLOW_ORIGIN_HEADER,
  CORS_EXPOSE_HEADERS_HEADER,
  CORS_MAX_AGE_HEADER,
  CORS_REQUEST_HEADERS_HEADER,
  CORS_REQUEST_METHOD_HEADER,
} from '../protocol/function-url.ts';

/** `*` in a list stands for everything. */
export type CorsRules = {
  allowOrigins: readonly string[];
  allowMethods: readonly string[];
  allowHeaders: readonly string[];
  exposeHeaders: readonly string[];
  allowCredentials: boolean;
  maxAgeSeconds: number | undefined;
};

/** Name in lower case → value. */
type Fields = { get(name: string): string | undefined };
export type HeaderPairs = readonly (readonly [name: string, value: string])[];

export function isPreflight(method: string, fields: Fields): boolean {
  return method === 'OPTIONS' && fields.get('origin') !== undefined && fields.get(CORS_REQUEST_METHOD_HEADER.toLowerCase()) !== undefined;
}

/** What a preflight request is told; nothing where the origin or the method is not allowed, which the browser takes for a no. */
export function preflightHeaders(rules: CorsRules, fields: Fields, methods: readonly string[] = rules.allowMethods): HeaderPairs {
  const allowed = originHeaders(rules, fields.get('origin'));
  const method = fields.get(CORS_REQUEST_METHOD_HEADER.toLowerCase()) ?? '';
  if (allowed.length === 0 || !matches(methods, method, (text) => text)) return [];
  const asked = fields.get(CORS_REQUEST_HEADERS_HEADER.toLowerCase());
  // Named, and not `*`, which would not stand for Authorization, nor for anything in a request with credentials.
  const named = methods.includes('*') ? [method] : methods;
  const pairs: (readonly [string, string])[] = [...allowed, [CORS_ALLOW_METHODS_HEADER, named.join(', ')]];
  const granted = asked === undefined ? [] : asked.split(',').map((name) => name.trim()).filter((name) => name !== '' && matches(rules.allowHeaders, name, lower));
  if (granted.length > 0) pairs.push([CORS_ALLOW_HEADERS_HEADER, granted.join(', ')]);
  if (rules.maxAgeSeconds !== undefined) pairs.push([CORS_MAX_AGE_HEADER, String(rules.maxAgeSeconds)]);
  return pairs;
}

/** What every other answer carries. */
export function answerHeaders(rules: CorsRules, origin: string | undefined): HeaderPairs {
  const allowed = originHeaders(rules, origin);
  if (allowed.length === 0 || rules.exposeHeaders.length === 0) return allowed;
  return [...allowed, [CORS_EXPOSE_HEADERS_HEADER, rules.exposeHeaders.join(', ')]];
}

function originHeaders(rules: CorsRules, origin: string | undefined): HeaderPairs {
  if (origin === undefined || !matches(rules.allowOrigins, origin, lower)) return [];
  if (rules.allowOrigins.includes('*') && !rules.allowCredentials) return [[CORS_ALLOW_ORIGIN_HEADER, '*']];
  const pairs: HeaderPairs = [[CORS_ALLOW_ORIGIN_HEADER, origin], ['Vary', 'Origin']];
  return rules.allowCredentials ? [...pairs, [CORS_ALLOW_CREDENTIALS_HEADER, 'true']] : pairs;
}

function matches(list: readonly string[], value: string, fold: (text: string) => string): boolean {
  return list.includes('*') || list.some((entry) => fold(entry) === fold(value));
}

function lower(text: string): string {
  return text.toLowerCase();
}
