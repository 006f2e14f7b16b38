/** The event of a function URL (payload format 2.0) for one HTTP request. Source: AWS guide, function URL payloads. */
import { randomUUID } from 'node:crypto';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';

export type HttpRequestParts = {
  method: string;
  /** Path and query. */
  url: string;
  headers: Readonly<Record<string, string | string[] | undefined>>;
  body?: Uint8Array | undefined;
  sourceIp?: string | undefined;
};

export function functionUrlEvent({ method, url, headers, body, sourceIp = '127.0.0.1' }: HttpRequestParts): APIGatewayProxyEventV2 {
  const { pathname, search, searchParams } = new URL(url, 'http://localhost');
  const flat = Object.entries(headers).flatMap(([name, value]) => {
    const text = Array.isArray(value) ? value.join(',') : value;
    return text === undefined || name.toLowerCase() === 'cookie' ? [] : [[name.toLowerCase(), text] satisfies [string, string]];
  });
  const cookies = [headers['cookie'] ?? []].flat().flatMap((text) => text.split(/;\s*/));
  const parameters: Record<string, string> = {};
  for (const [name, value] of searchParams) parameters[name] = name in parameters ? `${parameters[name] ?? ''},${value}` : value;
  const now = new Date();
  const domainName = flat.find(([name]) => name === 'host')?.[1] ?? 'localhost';
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: pathname,
    rawQueryString: search.slice(1),
    ...(cookies.length > 0 ? { cookies } : {}),
    headers: { 'x-forwarded-proto': 'http', ...Object.fromEntries(flat) },
    ...(searchParams.size > 0 ? { queryStringParameters: parameters } : {}),
    requestContext: {
      accountId: 'anonymous',
      apiId: 'local',
      domainName,
      domainPrefix: domainName.split('.')[0] ?? '',
      http: { method, path: pathname, protocol: 'HTTP/1.1', sourceIp, userAgent: flat.find(([name]) => name === 'user-agent')?.[1] ?? '' },
      requestId: randomUUID(),
      routeKey: '$default',
      stage: '$default',
      time: now.toISOString(),
      timeEpoch: now.getTime(),
    },
    ...(body === undefined || body.length === 0 ? {} : { body: Buffer.from(body).toString('base64') }),
    isBase64Encoded: body !== undefined && body.length > 0,
  };
}
