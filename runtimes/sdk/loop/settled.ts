/** Notices a handler that can never settle: when nothing is left in the event loop, nobody will resolve its promise any more. */
import { LambdaError } from '../errors.ts';

const waiting = new Set<(error: Error) => void>();

/** Rejects with `Runtime.NeverSettled` where the process would otherwise end without an answer. */
export function settledOrDrained<Result>(action: () => Promise<Result>): Promise<Result> {
  return new Promise((resolve, reject) => {
    waiting.add(reject);
    action().then(resolve, reject).finally(() => waiting.delete(reject));
  });
}

/** Once per process. */
export function watchForDrainedLoop(): void {
  process.on('beforeExit', () => {
    const message = 'the handler waits for something that can no longer happen: a promise that nobody settles';
    for (const reject of waiting) reject(new LambdaError('Runtime.NeverSettled', message));
  });
}
