/** Options that several verbs have in the same words. */

import type { VerbOption } from './verb.ts';
import { ENDPOINT_DEFAULT } from './api-endpoint.ts';

export const JSON_OPTION = { flags: '--json', kind: 'switch', summary: 'Print the result as one JSON document' } as const satisfies VerbOption;

export const ENDPOINT_OPTION = {
  flags: '--endpoint URL',
  kind: 'text',
  summary: 'Address of the Lambda API; also RIK_ENDPOINT or AWS_ENDPOINT_URL_LAMBDA',
  defaultText: ENDPOINT_DEFAULT,
} as const satisfies VerbOption;

export const DRY_RUN_OPTION = { flags: '--dry-run', kind: 'switch', summary: 'Say what would be done and do nothing' } as const satisfies VerbOption;
