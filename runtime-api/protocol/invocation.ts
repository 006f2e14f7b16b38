/** One invocation as the environment's server gets it, and what comes of it. Neutral between the worker's channel and the emulator's front door. */

export type Invocation = {
  requestId: string;
  /** As addressed: with `:qualifier` when the invoker gave one. */
  functionArn: string;
  payload: Buffer;
  traceId?: string | undefined;
  /** Decoded JSON text. */
  clientContext?: string | undefined;
  /** `{"cognitoIdentityId":…,"cognitoIdentityPoolId":…}` */
  cognitoIdentity?: string | undefined;
  tenantId?: string | undefined;
  /** The invoker takes the response while it is made; absent: in one piece. What the runtime then does is its own choice. */
  responseMode?: 'streaming' | undefined;
};

/** What the invoker gets: the runtime's bytes, or an object that the platform made. */
export type InvocationAnswer = {
  requestId: string;
  body: Buffer;
  isFunctionError: boolean;
  /** Who made the body: the runtime's reply, or the platform because the runtime crashed, could not initialise, or ran out of time. */
  origin: 'reply' | 'crash' | 'timeout';
  /** The type for logs and metrics; absent for a success. Not part of the body. */
  errorType?: string | undefined;
  /** What an invoker that streams is told in place of `errorType`: the type as the runtime wrote it. */
  errorCode?: string | undefined;
  /** The response was handed on while it came; `body` is then empty, or the error's that ended it. */
  isStreamed?: boolean | undefined;
};

export type CompletionStatus = 'success' | 'error' | 'timeout';

/** Why a function's processes ended, as far as the kernel tells. */
export type ExitReport = { code: number } | { signal: string };
