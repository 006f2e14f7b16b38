/** The runtime and its function. `node index.ts` runs it on this machine, where no Runtime API is. */
import { LambdaError, run, typed } from 'rik/sdk';

type Event = { name?: string; fail?: boolean };

const handler = typed((event: Event, { awsRequestId, log }) => {
  if (event.fail === true) throw new LambdaError('Function.Refused', 'the event asked for a failure');
  log.info('greeting');
  return { greeting: 'Hello from TypeScript!', event, requestId: awsRequestId };
});

// For the conformance suite, whose contract these two are: the event as it came, and an error with this message.
const echo = typed((event) => event);
const fail = typed(() => {
  throw new Error('conformance failure');
});

const handlers = new Map([
  ['function.handler', handler],
  ['function.echo', echo],
  ['function.fail', fail],
]);

await run({
  load: async () => {
    const name = process.env['_HANDLER'] || 'function.handler';
    const found = handlers.get(name);
    if (found === undefined) throw new LambdaError('Runtime.NoSuchHandler', `there is no handler ${name}`);
    return found;
  },
});
