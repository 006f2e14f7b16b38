/** What the front door needs of whoever knows the functions and of whoever runs them; the composition root plugs both in. */
import type { FunctionVersion } from '../worker/index.ts';

export type AddressedFunction = {
  version: FunctionVersion;
  /** As addressed: with the qualifier when one was given. */
  functionArn: string;
};

export type FunctionLookup = {
  /** Rejects with an `ApiError` when there is no such function or its state does not allow an invocation. */
  find(reference: string, qualifier: string | undefined): Promise<AddressedFunction>;
};
