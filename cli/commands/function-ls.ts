/** `rik function ls`: every function the platform has, sorted by name. */

import type { FunctionConfiguration } from '../function-configuration.ts';
import { renderBytes, renderTable } from '../output.ts';
import { ENDPOINT_OPTION, JSON_OPTION } from '../shared-options.ts';
import type { Verb } from '../verb.ts';
import { withApiClient } from '../with-api-client.ts';

export const functionLs: Verb = {
  name: 'function ls',
  summary: 'List the functions',
  arguments: [],
  options: [ENDPOINT_OPTION, JSON_OPTION],
  examples: [{ says: 'The names alone', command: "rik function ls --json | jq -r '.functions[].functionName'" }],
  run: async (context) => {
    const functions = await withApiClient(context, (client) => client.listFunctions());
    functions.sort((a, b) => (a.functionName < b.functionName ? -1 : 1));
    if (functions.length === 0) context.output.progress('there are no functions; `rik help function create` says how to make one');
    context.output.report({ json: () => ({ functions }), people: () => (functions.length === 0 ? [] : renderTable(HEADINGS, functions.map(toRow))) });
    return 'OK';
  },
};

const HEADINGS = ['NAME', 'RUNTIME', 'HANDLER', 'MEMORY', 'TIMEOUT', 'CODE', 'MODIFIED'];

function toRow(configuration: FunctionConfiguration): string[] {
  return [
    configuration.functionName,
    configuration.runtime ?? '-',
    configuration.handler ?? '-',
    configuration.memoryMiB === undefined ? '-' : `${configuration.memoryMiB} MiB`,
    configuration.timeoutSeconds === undefined ? '-' : `${configuration.timeoutSeconds} s`,
    configuration.codeBytes === undefined ? '-' : renderBytes(configuration.codeBytes),
    configuration.lastModified ?? '-',
  ];
}
