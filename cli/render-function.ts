/** One function for people; the fields that nobody set are left out. */

import type { FunctionConfiguration } from './function-configuration.ts';
import { renderBytes, renderFields } from './output.ts';

export function renderFunction(configuration: FunctionConfiguration): string[] {
  const fields: (readonly [string, string | undefined])[] = [
    ['name', configuration.functionName],
    ['arn', configuration.functionArn],
    ['runtime', configuration.runtime],
    ['handler', configuration.handler],
    ['state', configuration.state],
    ['reason', configuration.stateReason],
    ['last update', configuration.lastUpdateStatus],
    ['update reason', configuration.lastUpdateStatusReason],
    ['timeout', configuration.timeoutSeconds === undefined ? undefined : `${configuration.timeoutSeconds} s`],
    ['memory', mebibytes(configuration.memoryMiB)],
    ['/tmp', mebibytes(configuration.ephemeralStorageMiB)],
    ['architecture', configuration.architectures.join(', ') || undefined],
    ['code size', configuration.codeBytes === undefined ? undefined : renderBytes(configuration.codeBytes)],
    ['code sha256', configuration.codeSha256],
    ['runtime version', configuration.runtimeVersionArn],
    ['role', configuration.role],
    ['description', configuration.description || undefined],
    ['modified', configuration.lastModified],
    ...Object.entries(configuration.environmentVariables).map(([name, value]) => [`env ${name}`, value] as const),
  ];
  return renderFields(fields.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])));
}

function mebibytes(amount: number | undefined): string | undefined {
  return amount === undefined ? undefined : `${amount} MiB`;
}
