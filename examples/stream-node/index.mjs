// A response that is sent while it is made: the first words are at the caller long before the last ones exist.
// Without `HttpResponseStream.from` the bytes are the whole response; with it a function URL sets status, headers and cookies.
import { setTimeout as delay } from 'node:timers/promises';

export const handler = awslambda.streamifyResponse(async (event, responseStream, context) => {
  const stream = awslambda.HttpResponseStream.from(responseStream, {
    statusCode: 200,
    headers: { 'Content-Type': 'text/plain; charset=utf-8', 'X-Request-Id': context.awsRequestId },
  });
  for (const word of `${event.text ?? 'one word after the other'}`.split(' ')) {
    stream.write(`${word}\n`);
    await delay(event.pauseMs ?? 20);
  }
  stream.end();
});
