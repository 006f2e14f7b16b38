/** The documents that cases cite, spelled once. The emulator's sources are those of commit 4fa2157. */

export const RUNTIME_API = 'AWS guide, Using the Lambda runtime API';
export const CUSTOM_RUNTIMES = 'AWS guide, Building a custom runtime';
export const LIFECYCLE = 'AWS guide, Lambda execution environment lifecycle';
export const ENVIRONMENT = 'AWS guide, Using Lambda environment variables';
export const EXTENSIONS_API = 'AWS guide, Using the Lambda Extensions API';
export const TELEMETRY_API = 'AWS guide, Telemetry API reference';
export const TELEMETRY_EVENTS = 'AWS guide, Telemetry API Event schema reference';
export const STREAMING = 'AWS guide, Response streaming for Lambda functions';
export const LOGS = 'AWS guide, Log and report formats; advanced logging controls';
export const SNAPSTART = 'AWS guide, Implementing SnapStart hooks for container images';
export const MANAGED_INSTANCES = 'AWS guide, Building custom runtimes for Lambda Managed Instances';
export const INVOKE_API = 'AWS API reference, Invoke';
export const QUOTAS = 'AWS guide, Lambda quotas';
export const OPEN_API = 'aws/aws-lambda-dotnet Libraries/src/Amazon.Lambda.RuntimeSupport/Client/runtime-api.yaml';
/** Answers recorded on AWS. */
export const RECORDED = 'localstack/localstack tests/aws/services/lambda_/test_lambda.snapshot.json';
export const RECORDED_ENVIRONMENT = 'localstack/localstack tests/aws/services/lambda_/test_lambda_common.snapshot.json';
export const README = 'aws/aws-lambda-runtime-interface-emulator README.md';

/** A file of the emulator's core, which AWS's own service shares. */
export function rie(path: string): string {
  return `aws/aws-lambda-runtime-interface-emulator internal/lambda/${path}`;
}

/** Of its second mode, managed instances. */
export function lmi(path: string): string {
  return `aws/aws-lambda-runtime-interface-emulator internal/lambda-managed-instances/${path}`;
}

/** An issue or pull request that says what users need. */
export function issue(repository: string, number: number): string {
  return `${repository} issue ${number}`;
}
