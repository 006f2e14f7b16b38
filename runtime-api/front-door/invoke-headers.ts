/** The invoker's headers of one Invoke call, checked. Shared by the emulator and the platform's front door. Source: API reference, Invoke. */
import {
  INVOCATION_TYPE_HEADER,
  INVOKER_CLIENT_CONTEXT_HEADER,
  INVOKER_TENANT_ID_HEADER,
  INVOKER_TRACE_ID_HEADER,
  LOG_TYPE_HEADER,
} from '../protocol/headers.ts';
import { CLIENT_CONTEXT_BYTES_MAX } from '../protocol/limits.ts';
import type { FrontDoorRefusal } from './refusal.ts';

export type InvokeHeaders = {
  invocationType: 'RequestResponse' | 'Event' | 'DryRun';
  wantsLogTail: boolean;
  clientContext: string | undefined;
  traceId: string | undefined;
  tenantId: string | undefined;
};

const TYPE = INVOCATION_TYPE_HEADER.toLowerCase();
const LOG_TYPE = LOG_TYPE_HEADER.toLowerCase();
const CLIENT_CONTEXT = INVOKER_CLIENT_CONTEXT_HEADER.toLowerCase();
const TRACE_ID = INVOKER_TRACE_ID_HEADER.toLowerCase();
const TENANT_ID = INVOKER_TENANT_ID_HEADER.toLowerCase();
const TENANT_ID_PATTERN = /^[a-zA-Z0-9._:/=+\-@ ]{1,256}$/;

export function readInvokeHeaders(headers: ReadonlyMap<string, string>): InvokeHeaders | FrontDoorRefusal {
  const invocationType = headers.get(TYPE) ?? 'RequestResponse';
  if (invocationType !== 'RequestResponse' && invocationType !== 'Event' && invocationType !== 'DryRun') {
    return invalid(`Value '${invocationType}' at 'invocationType' failed to satisfy constraint: Member must satisfy enum value set: [Event, RequestResponse, DryRun]`);
  }
  const clientContext = readClientContext(headers.get(CLIENT_CONTEXT));
  if (typeof clientContext === 'object') return clientContext;
  const tenantId = headers.get(TENANT_ID);
  if (tenantId !== undefined && !TENANT_ID_PATTERN.test(tenantId)) {
    return invalid(`Value '${tenantId}' at 'tenantId' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9\\._:\\/=+\\-@ ]+`);
  }
  return {
    invocationType,
    wantsLogTail: headers.get(LOG_TYPE) === 'Tail',
    clientContext,
    traceId: headers.get(TRACE_ID),
    tenantId,
  };
}

/** Base64 of JSON; compact again where it holds a line break, which no header may carry to the runtime. */
function readClientContext(encoded: string | undefined): string | undefined | FrontDoorRefusal {
  if (encoded === undefined || encoded === '') return undefined;
  if (encoded.length > CLIENT_CONTEXT_BYTES_MAX) {
    return content(`Client context must be no more than ${CLIENT_CONTEXT_BYTES_MAX} bytes.`);
  }
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(encoded)) return content('Client context must be a valid Base64-encoded JSON object.');
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  try {
    const parsed: unknown = JSON.parse(text);
    return /[\0-\x1f\x7f]/.test(text) ? JSON.stringify(parsed) : text;
  } catch {
    return content('Client context must be a valid Base64-encoded JSON object.');
  }
}

function content(message: string): FrontDoorRefusal {
  return { refused: true, errorName: 'InvalidRequestContentException', message };
}

function invalid(violation: string): FrontDoorRefusal {
  return { refused: true, errorName: 'ValidationException', message: `1 validation error detected: ${violation}` };
}
