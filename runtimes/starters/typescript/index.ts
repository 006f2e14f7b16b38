/** The runtime and its function. `node index.ts` runs it on this machine, where no Runtime API is. */
import { LambdaError, run, typed } from 'rik/sdk';

type Event = { name?: string; fail?: boolean };

const handler = typed((event: Event, { awsRequestId, log }) => {
  if (event.fail === true) throw new LambdaError('Function.Refused', 'the event asked for a failure');
  log.info('greeting');
  return { greeting: 'Hello from TypeScript!', event, requestId: awsRequestId };
});

const handlers = new Map([['function.handler', handler]]);

await run({
  load: async () => {
    const name = process.env['_HANDLER'] || 'function.handler';
    const found = handlers.get(name);
    if (found === undefined) throw new LambdaError('Runtime.NoSuchHandler', `there is no handler ${name}`);
    return found;
  },
});
