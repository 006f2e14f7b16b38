/** How a case wants the runtime started. What it leaves out is the default function. */
import type { FunctionName } from '../runtime-case.ts';

export type RuntimeSetup = {
  /** Of the handler contract; `echo` unless the case brings files or says otherwise. */
  function?: FunctionName;
  /** Path below the task root → content, for cases that bring their own function; then `handler` names it. */
  files?: Readonly<Record<string, string | Buffer>>;
  handler?: string;
  /** Added to the environment. */
  variables?: Readonly<Record<string, string>>;
  /** Not set at all. */
  unset?: readonly string[];
  /** The host in AWS_LAMBDA_RUNTIME_API, instead of 127.0.0.1. */
  host?: string;
  /** Gives the runtime a pipe for framed log records. */
  framedLog?: true;
  /** The case starts the runtime itself. */
  startedBy?: 'case';
};

export const FUNCTION_NAME = 'conformance';
export const REGION = 'eu-west-1';
export const FUNCTION_ARN = `arn:aws:lambda:${REGION}:123456789012:function:${FUNCTION_NAME}`;
export const MEMORY_MIB = '512';
export const LOG_GROUP = `/aws/lambda/${FUNCTION_NAME}`;
export const LOG_STREAM = '2026/01/01/[$LATEST]0123456789abcdef0123456789abcdef';

/**
 * The start environment of an OS-only runtime as recorded on AWS in January 2026, and nothing else: no HOME, USER, PWD or
 * SHLVL (localstack/localstack tests/aws/services/lambda_/test_lambda_common.snapshot.json). PATH is the machine's, so
 * that interpreters are found; LD_LIBRARY_PATH names folders that are not there and is left out.
 */
export function startEnvironment(options: { runtimeApi: string; taskRoot: string; runtimeDir: string; handler: string }): Record<string, string> {
  return {
    AWS_LAMBDA_FUNCTION_NAME: FUNCTION_NAME,
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: MEMORY_MIB,
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_GROUP_NAME: LOG_GROUP,
    AWS_LAMBDA_LOG_STREAM_NAME: LOG_STREAM,
    AWS_LAMBDA_RUNTIME_API: options.runtimeApi,
    AWS_REGION: REGION,
    AWS_DEFAULT_REGION: REGION,
    AWS_ACCESS_KEY_ID: 'AKIDCONFORMANCE',
    AWS_SECRET_ACCESS_KEY: 'conformance',
    AWS_SESSION_TOKEN: 'conformance',
    AWS_XRAY_CONTEXT_MISSING: 'LOG_ERROR',
    AWS_XRAY_DAEMON_ADDRESS: '169.254.100.1:2000',
    _AWS_XRAY_DAEMON_ADDRESS: '169.254.100.1',
    _AWS_XRAY_DAEMON_PORT: '2000',
    LAMBDA_RUNTIME_DIR: options.runtimeDir,
    LAMBDA_TASK_ROOT: options.taskRoot,
    LANG: 'en_US.UTF-8',
    PATH: process.env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin',
    TZ: ':UTC',
    _HANDLER: options.handler,
  };
}
