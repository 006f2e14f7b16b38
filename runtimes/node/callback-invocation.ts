/**
 * One invocation of a handler that may answer through its callback, its context or a promise; the first answer counts.
 * Source: managed-runtimes §2.5, §2.6, §2.8 (the generation up to Node.js 22).
 */
import { RuntimeFault } from './errors.ts';
import type { Handler } from './handler-loader.ts';
import type { InvocationContext } from './invocation-context.ts';
import { isThenable } from './thenable.ts';

/** `null` and `undefined` as an error. */
const NAMELESS_ERROR = 'handled';
const NEVER_SETTLED_TEXT =
  'The Lambda runtime client detected an unexpected Node.js exit code. This is most commonly caused by a Promise that was never settled. ' +
  'For more information, see https://nodejs.org/docs/latest/api/process.html#exit-codes';

type Callback = (error?: unknown, result?: unknown) => void;

/** What the function sees of the invocation, with the ways to end it. */
type CallbackContext = InvocationContext & {
  callbackWaitsForEmptyEventLoop: boolean;
  done: Callback;
  succeed(result?: unknown): void;
  fail(error?: unknown): void;
};

type Answer = { isError: boolean; value: unknown };
type Moment = (settle: () => void) => void;
const NOW: Moment = (settle) => settle();
const NEXT_TURN: Moment = (settle) => setImmediate(settle);
/** When the process would end: nothing of the function is under way any more. */
const ONCE_DRAINED: Moment = (settle) => process.once('beforeExit', settle);

/** Resolves with the result or rejects with what the function failed with. */
export function callWithCallback(handler: Handler, event: unknown, context: InvocationContext): Promise<unknown> {
  return new Promise((resolve, reject) => {
    let isAnswered = false;
    let isPromised = false;
    const answer = ({ isError, value }: Answer, moment = NOW): void => {
      if (isAnswered) return;
      isAnswered = true;
      process.off('beforeExit', drained);
      moment(() => (isError ? reject(value ?? NAMELESS_ERROR) : resolve(value)));
    };
    const drained = (): void => answer(isPromised ? failure(new RuntimeFault('Runtime.NodeJsExit', NEVER_SETTLED_TEXT)) : success(null));
    process.once('beforeExit', drained);

    const seen: CallbackContext = {
      callbackWaitsForEmptyEventLoop: true,
      done: (error, result) => answer(byConvention(error, result)),
      succeed: (result) => answer(success(result)),
      fail: (error) => answer(failure(error)),
      ...context,
    };
    const callback: Callback = (error, result) => answer(byConvention(error, result), seen.callbackWaitsForEmptyEventLoop ? ONCE_DRAINED : NEXT_TURN);
    try {
      const returned = handler(event, seen, callback);
      // Any other returned value counts for nothing: a handler with a callback may return what it likes.
      if (!isThenable(returned)) return;
      isPromised = true;
      returned.then((result) => answer(success(result)), (error) => answer(failure(error)));
    } catch (error) {
      answer(failure(error));
    }
  });
}

function byConvention(error: unknown, result: unknown): Answer {
  return error === undefined || error === null ? success(result) : failure(error);
}

function success(value: unknown): Answer {
  return { isError: false, value };
}

function failure(value: unknown): Answer {
  return { isError: true, value };
}
