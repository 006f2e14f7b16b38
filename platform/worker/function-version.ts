/** Everything a worker needs to run one version of one function. Made by the composition root from the control plane and the images. */

import type { Logging } from '../../runtime-api/index.ts';

export type RuntimeRoot = {
  /** `nodejs24.x@debian` */
  reference: string;
  /** `nodejs24.x`: becomes `AWS_EXECUTION_ENV`. */
  identifier: string;
  family: string;
  rootPath: string;
  /** Host folder with what the image has in /var/runtime; used where there is no mount namespace. */
  clientPath: string;
  rootDigest: string;
  architecture: 'x86_64' | 'arm64';
  /** Environment of the image's configuration. */
  environment: Readonly<Record<string, string>>;
  /** `nodejs:24.v1`, for INIT_START. */
  versionName: string;
  runtimeVersionArn: string;
};

export type FunctionVersion = {
  functionName: string;
  functionArnUnqualified: string;
  version: string;
  /** Changes with every change of code or configuration: environments never cross it. */
  generation: string;
  handler: string;
  timeoutMs: number;
  memoryMiB: number;
  tmpMiB: number;
  /** Of the function's configuration; reserved names were refused there. */
  variables: Readonly<Record<string, string>>;
  /** Host folders, read-only and readable by any user. */
  codePath: string;
  layersPath?: string | undefined;
  region: string;
  /** Absent: text. */
  logging?: Logging | undefined;
  /** Absent: the one that has the function's name. */
  logGroup?: string | undefined;
  root: RuntimeRoot;
};

/** Environments are shared between invocations of the same key only. Source: platform specification, environment selection. */
export function versionKey(version: FunctionVersion): string {
  return [version.functionArnUnqualified, version.version, version.generation, version.root.rootDigest].join('|');
}
