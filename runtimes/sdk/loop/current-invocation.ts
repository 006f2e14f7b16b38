/**
 * Which invocation runs. With one at a time that is a variable; with several it follows the asynchronous calls, which
 * costs every promise something and is therefore left out otherwise.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { InvocationContext } from '../context.ts';
import type { Deadline } from '../deadline.ts';

export type CurrentInvocation = {
  get(): InvocationContext | undefined;
  run<Result>(context: InvocationContext, deadline: Deadline, action: () => Promise<Result>): Promise<Result>;
  /** All that run at present. */
  readonly active: ReadonlyMap<InvocationContext, Deadline>;
};

export function trackInvocations(concurrency: number): CurrentInvocation {
  const active = new Map<InvocationContext, Deadline>();
  const storage = concurrency > 1 ? new AsyncLocalStorage<InvocationContext>() : undefined;
  let only: InvocationContext | undefined;
  return {
    active,
    get: () => (storage === undefined ? only : storage.getStore()),
    async run(context, deadline, action) {
      active.set(context, deadline);
      only = context;
      try {
        return await (storage === undefined ? action() : storage.run(context, action));
      } finally {
        active.delete(context);
        only = undefined;
        deadline.end();
      }
    },
  };
}
