/** What every operation gets and gives. One file per operation; none of them knows HTTP beyond the status of its success. */
import type { Clock } from '../../../foundation/clock.ts';
import type { LifecyclePolicy } from '../../policy/index.ts';
import type { CodeStore } from '../code/code-store.ts';
import type { DownloadLinks } from '../code/download-links.ts';
import type { Identity } from '../identity.ts';
import type { StructureReader } from '../input/structure-reader.ts';
import type { Activation } from '../lifecycle/activation.ts';
import type { FunctionStore } from '../store/function-store.ts';

/** Which image a runtime identifier stands for today; undefined where this machine has none. */
export type RuntimeVersions = (runtime: string, architecture: string) => Promise<{ arn: string } | undefined>;

export type Services = {
  identity: Identity;
  clock: Clock;
  policy: LifecyclePolicy;
  store: FunctionStore;
  codeStore: CodeStore;
  links: DownloadLinks;
  activation: Activation;
  runtimeVersions: RuntimeVersions;
  onFunctionChanged: (functionArnUnqualified: string) => void;
};

export type ApiRequest = {
  /** Decoded path labels. */
  labels: ReadonlyMap<string, string>;
  query: URLSearchParams;
  /** Empty for operations without a body. */
  body: StructureReader;
  /** Scheme, host and port at which the caller reached us. */
  origin: string;
};

/** A reply without `body` has none, as with 204. */
export type ApiReply = { status: number; body?: object };

export type Operation = {
  readsBody: boolean;
  run: (services: Services, request: ApiRequest) => Promise<ApiReply> | ApiReply;
};

/** A label that the route is known to have. */
export function label(request: ApiRequest, name: string): string {
  return request.labels.get(name) ?? '';
}
