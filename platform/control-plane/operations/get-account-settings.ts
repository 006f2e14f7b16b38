/** GetAccountSettings: the limits in force and what the account uses of them. */
import { CODE_STORAGE_BYTES_MAX, CODE_UNZIPPED_BYTES_MAX, CODE_ZIPPED_BYTES_MAX, CONCURRENT_EXECUTIONS } from '../limits.ts';
import { storedCodeBytes } from './accept-code.ts';
import type { Operation } from './operation.ts';

export const getAccountSettings: Operation = {
  readsBody: false,
  run: ({ store }) => ({
    status: 200,
    body: {
      AccountLimit: {
        TotalCodeSize: CODE_STORAGE_BYTES_MAX,
        CodeSizeUnzipped: CODE_UNZIPPED_BYTES_MAX,
        CodeSizeZipped: CODE_ZIPPED_BYTES_MAX,
        ConcurrentExecutions: CONCURRENT_EXECUTIONS,
        // No function has reserved any: there is no operation for it yet.
        UnreservedConcurrentExecutions: CONCURRENT_EXECUTIONS,
      },
      AccountUsage: { TotalCodeSize: storedCodeBytes(store), FunctionCount: store.list().length },
    },
  }),
};
