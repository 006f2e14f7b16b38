/** Events that stand for HTTP requests, beside that of function URLs. Source of the shapes: AWS guides of API Gateway and of load balancers. */
import type { ALBEvent, APIGatewayProxyEvent } from 'aws-lambda';
import type { HttpRequestParts } from '../local/function-url-event.ts';

/** REST API, payload format 1.0. */
export function apiGatewayEvent(parts: HttpRequestParts): APIGatewayProxyEvent {
  const { path, single, multi, headers, multiHeaders, body } = readParts(parts);
  return {
    resource: '/{proxy+}',
    path,
    httpMethod: parts.method,
    headers,
    multiValueHeaders: multiHeaders,
    queryStringParameters: single,
    multiValueQueryStringParameters: multi,
    pathParameters: { proxy: path.slice(1) },
    stageVariables: null,
    requestContext: {
      accountId: '000000000000',
      apiId: 'test',
      authorizer: null,
      protocol: 'HTTP/1.1',
      httpMethod: parts.method,
      identity: {
        accessKey: null,
        accountId: null,
        apiKey: null,
        apiKeyId: null,
        caller: null,
        clientCert: null,
        cognitoAuthenticationProvider: null,
        cognitoAuthenticationType: null,
        cognitoIdentityId: null,
        cognitoIdentityPoolId: null,
        principalOrgId: null,
        sourceIp: parts.sourceIp ?? '127.0.0.1',
        user: null,
        userAgent: headers['user-agent'] ?? null,
        userArn: null,
      },
      path: `/test${path}`,
      stage: 'test',
      requestId: '00000000-0000-4000-8000-000000000000',
      requestTimeEpoch: Date.now(),
      resourceId: 'test',
      resourcePath: '/{proxy+}',
    },
    body,
    isBase64Encoded: body !== null,
  };
}

export function albEvent(parts: HttpRequestParts): ALBEvent {
  const { path, single, headers, body } = readParts(parts);
  // A load balancer hands parameters on as they were written.
  const written = Object.fromEntries(Object.entries(single ?? {}).map(([name, value]) => [encodeURIComponent(name), encodeURIComponent(value)]));
  return {
    requestContext: { elb: { targetGroupArn: 'arn:aws:elasticloadbalancing:us-east-1:000000000000:targetgroup/test/0000000000000000' } },
    httpMethod: parts.method,
    path,
    queryStringParameters: written,
    headers,
    body,
    isBase64Encoded: body !== null,
  };
}

function readParts({ url, headers, body }: HttpRequestParts): {
  path: string;
  single: Record<string, string> | null;
  multi: Record<string, string[]> | null;
  headers: Record<string, string>;
  multiHeaders: Record<string, string[]>;
  body: string | null;
} {
  const { pathname, searchParams } = new URL(url, 'http://localhost');
  const multi: Record<string, string[]> = {};
  for (const [name, value] of searchParams) (multi[name] ??= []).push(value);
  const multiHeaders: Record<string, string[]> = {};
  for (const [name, value] of Object.entries(headers)) if (value !== undefined) multiHeaders[name.toLowerCase()] = [value].flat();
  const lastOf = (many: Record<string, string[]>): Record<string, string> => Object.fromEntries(Object.entries(many).map(([name, values]) => [name, values.at(-1) ?? '']));
  return {
    path: pathname,
    single: searchParams.size > 0 ? lastOf(multi) : null,
    multi: searchParams.size > 0 ? multi : null,
    headers: lastOf(multiHeaders),
    multiHeaders,
    body: body === undefined || body.length === 0 ? null : Buffer.from(body).toString('base64'),
  };
}
