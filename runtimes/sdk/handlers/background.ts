/** Functions that answer first and go on working: the invoker waits for the answer only, the next invocation for the work. */
import type { InvocationContext } from '../context.ts';
import { LambdaError } from '../errors.ts';
import type { Reply, Service } from '../service.ts';
import { trustedEvent } from './typed.ts';

export type BackgroundHandler<Event, Result> = (event: Event, respond: (result: Result) => void, context: InvocationContext) => Promise<void>;

/**
 * What fails before `respond` is the answer; what fails afterwards is logged, and handed to `onError`. The deadline
 * covers the work too.
 */
export function background<Event, Result = unknown>(handler: BackgroundHandler<Event, Result>): Service {
  return {
    accepts: 'events',
    call: (invocation) =>
      new Promise<Reply>((resolve, reject) => {
        let answered: { resolveWork: () => void; rejectWork: (error: unknown) => void } | undefined;
        const respond = (value: Result): void => {
          if (answered !== undefined) throw new LambdaError('Runtime.AlreadyResponded', 'respond was called twice in one invocation');
          const work = new Promise<void>((resolveWork, rejectWork) => {
            answered = { resolveWork, rejectWork };
          });
          // The loop looks at it when the answer has gone out, which may be later than its failure.
          work.catch(() => undefined);
          resolve({ kind: 'json', value, background: work });
        };
        runAsync(() => handler(trustedEvent<Event>(invocation), respond, invocation.context)).then(
          () => {
            answered?.resolveWork();
            if (answered === undefined) reject(new LambdaError('Runtime.NoResponse', 'the background handler has ended without calling respond'));
          },
          (error: unknown) => {
            answered?.rejectWork(error);
            if (answered === undefined) reject(error);
          },
        );
      }),
  };
}

async function runAsync(action: () => Promise<void>): Promise<void> {
  await action();
}
