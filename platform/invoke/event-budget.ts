/** How many bytes of events may run or wait: nothing of ours should grow with what callers send. Shared by the operations of one platform. */
import { ApiError } from '../api/index.ts';

/** Above: 429, as for too many at a time. */
const EVENTS_BYTES_MAX = 536_870_912;

export class EventBudget {
  #bytes = 0;

  /** Runs the action with the event counted until it has settled; rejects when it is one too many. */
  async run<Result>(event: Buffer, action: () => Promise<Result>): Promise<Result> {
    if (this.#bytes + event.length > EVENTS_BYTES_MAX) {
      throw new ApiError('TooManyRequestsException', 'Rate Exceeded.', { reason: 'ConcurrentInvocationLimitExceeded' });
    }
    this.#bytes += event.length;
    try {
      return await action();
    } finally {
      this.#bytes -= event.length;
    }
  }
}
