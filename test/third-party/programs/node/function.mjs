/** What the tests ask of a function, for the vendor's Node client. `awslambda` is its global. */

let calls = 0;

const ACTIONS = {
  return: ({ value }) => value,
  context: (_event, context) => ({
    requestId: context.awsRequestId,
    arn: context.invokedFunctionArn,
    functionName: context.functionName,
    functionVersion: context.functionVersion,
    memoryMiB: Number(context.memoryLimitInMB),
    remainingMs: context.getRemainingTimeInMillis(),
    traceId: process.env._X_AMZN_TRACE_ID,
    custom: context.clientContext?.custom?.key,
    calls,
  }),
  fail: ({ message }) => {
    throw new RangeError(message);
  },
  print: ({ text }) => {
    process.stdout.write(text);
    return null;
  },
  log: ({ text }) => {
    console.log(text);
    return null;
  },
  exit: ({ code }) => process.exit(code),
  hang: () => new Promise((resolve) => setTimeout(resolve, 3_600_000)),
  big: ({ bytes }) => 'x'.repeat(bytes),
  length: ({ value }) => value.length,
};

export const handler = async (event, context) => {
  calls += 1;
  return ACTIONS[event.do](event, context);
};

export const streaming = globalThis.awslambda.streamifyResponse(async (event, stream) => {
  if (event.contentType !== undefined) stream.setContentType(event.contentType);
  const body = event.metadata === undefined ? stream : globalThis.awslambda.HttpResponseStream.from(stream, event.metadata);
  for (let count = 0; count < (event.repeat ?? 1); count += 1) for (const chunk of event.chunks) body.write(chunk);
  if (event.fail !== undefined) throw new RangeError(event.fail);
  body.end();
});
