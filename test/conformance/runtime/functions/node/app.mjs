// The handler contract (docs/handler-contract.md) for Node.js.
const FAILURE = 'conformance failure';
const wait = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds ?? 0));

export const echo = async (event) => event;
export const fail = async () => {
  throw new Error(FAILURE);
};
export const nothing = async () => {};
export const unserialisable = async () => ({ number: 1n });
export const print = async ({ text }) => void process.stdout.write(text);
export const trace = async ({ waitMs }, context) => {
  await wait(waitMs);
  return { environment: process.env._X_AMZN_TRACE_ID ?? null, context: context.xRayTraceId ?? null };
};
export const remaining = async (_event, context) => {
  const first = context.getRemainingTimeInMillis();
  await wait(1_000);
  return { first, second: context.getRemainingTimeInMillis() };
};
export const context = async (_event, given) => ({
  requestId: given.awsRequestId,
  arn: given.invokedFunctionArn,
  functionName: given.functionName,
  functionVersion: given.functionVersion,
  memoryMiB: Number(given.memoryLimitInMB),
  logGroup: given.logGroupName,
  logStream: given.logStreamName,
});
export const clientContext = async (_event, { clientContext: given }) => ({ custom: given?.custom ?? given?.Custom ?? null });
export const tenant = async (_event, { tenantId }) => ({ tenantId: tenantId ?? null });
export const failLater = async () => {
  setTimeout(() => {
    throw new Error(FAILURE);
  }, 100);
  await wait(1_000);
  return 'waited';
};
export const failOrWait = async (event) => {
  if (event.fail) throw new Error(FAILURE);
  await wait(event.waitMs);
  return event;
};

const { streamifyResponse, HttpResponseStream } = globalThis.awslambda ?? { streamifyResponse: (handler) => handler };
export const stream = streamifyResponse(async ({ waitMs }, response) => {
  response.write('A');
  await wait(waitMs);
  response.write('B');
  response.end();
});
export const streamFailLate = streamifyResponse(async (_event, response) => {
  response.write('A');
  throw new Error(FAILURE);
});
export const streamFailEarly = streamifyResponse(async () => {
  throw new Error(FAILURE);
});
export const streamHttp = streamifyResponse(async (_event, response) => {
  const http = HttpResponseStream.from(response, { statusCode: 201, headers: { 'x-conformance': 'yes' }, cookies: ['a=1'] });
  http.write('created');
  http.end();
});
