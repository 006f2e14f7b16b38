'use strict';

// A CommonJS handler; a plain (not async) function may return its result too.
exports.handler = (event, context) => ({
  greeting: `Hello, ${event.name ?? 'world'}!`,
  language: `Node.js ${process.versions.node}`,
  requestId: context.awsRequestId,
});
