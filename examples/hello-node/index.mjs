// An ES module handler: `export` and top-level `await` as in any other module.
const startedAt = await Promise.resolve(new Date().toISOString());

export const handler = async (event, context) => {
  console.log('hello from', context.functionName, 'with', context.getRemainingTimeInMillis() > 0 ? 'time left' : 'no time left');
  return {
    greeting: `Hello, ${event.name ?? 'world'}!`,
    language: `Node.js ${process.versions.node}`,
    requestId: context.awsRequestId,
    startedAt,
  };
};
