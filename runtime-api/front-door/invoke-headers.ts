/** The invoker's headers of one Invoke call, checked. Shared by the emulator and the platform's front door. Source: API reference, Invoke. */
import { isUtf8 } from 'node:buffer';
import {
  COGNITO_IDENTITY_HEADER,
  INVOCATION_TYPE_HEADER,
  INVOKER_CLIENT_CONTEXT_HEADER,
  INVOKER_TENANT_ID_HEADER,
  INVOKER_TRACE_ID_HEADER,
  LOG_TYPE_HEADER,
} from '../protocol/headers.ts';
import { CLIENT_CONTEXT_BYTES_MAX, TRACE_ID_BYTES_MAX } from '../protocol/limits.ts';
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
const COGNITO_IDENTITY = COGNITO_IDENTITY_HEADER.toLowerCase();
const NO_CLIENT_CONTEXT = 'Client context must be a valid Base64-encoded JSON object.';
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
    traceId: readTraceId(headers.get(TRACE_ID)),
    tenantId,
  };
}

/** A stream needs somebody who waits for it. Source: service model, `ResponseStreamingInvocationType`. */
export function streamedEvent(): FrontDoorRefusal {
  return invalid("Value 'Event' at 'invocationType' failed to satisfy constraint: Member must satisfy enum value set: [RequestResponse, DryRun]");
}

/** The classic emulator's reading: two headers count, and all that can be wrong is the base64 of one. Source: RIE `rie/handlers.go`. */
export function readRieHeaders(headers: ReadonlyMap<string, string>): InvokeHeaders | FrontDoorRefusal {
  const encoded = headers.get(CLIENT_CONTEXT);
  if (encoded !== undefined && !isBase64(encoded)) return content(NO_CLIENT_CONTEXT);
  const clientContext = encoded === undefined || encoded === '' ? undefined : Buffer.from(encoded, 'base64').toString('utf8');
  return { invocationType: 'RequestResponse', wantsLogTail: false, clientContext, traceId: undefined, tenantId: headers.get(TENANT_ID) };
}

/**
 * The identity that the mobile SDK's calls carry. The Lambda API has no header for it, the service knows it from the credentials; the
 * emulator takes it as it will reach the runtime.
 */
export function readCognitoIdentity(headers: ReadonlyMap<string, string>): string | undefined | FrontDoorRefusal {
  const text = headers.get(COGNITO_IDENTITY);
  if (text === undefined) return undefined;
  const identity = parseObject(text);
  if (identity === undefined || !['cognitoIdentityId', 'cognitoIdentityPoolId'].every((name) => typeof identity[name] === 'string') || Object.keys(identity).length !== 2) {
    return content(`${COGNITO_IDENTITY_HEADER} takes {"cognitoIdentityId":"…","cognitoIdentityPoolId":"…"}`);
  }
  return text;
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

/** What cannot be a trace header is none: the platform then makes one, as it does for an invoker that sent nothing. */
export function readTraceId(value: string | undefined): string | undefined {
  return value !== undefined && value.length <= TRACE_ID_BYTES_MAX && /^[\x20-\x7e]+$/.test(value) ? value : undefined;
}

/** Base64 of JSON; compact again where it holds a control character, which no header may carry to the runtime. */
function readClientContext(encoded: string | undefined): string | undefined | FrontDoorRefusal {
  if (encoded === undefined || encoded === '') return undefined;
  if (encoded.length > CLIENT_CONTEXT_BYTES_MAX) {
    return content(`Client context must be no more than ${CLIENT_CONTEXT_BYTES_MAX} bytes.`);
  }
  const bytes = Buffer.from(encoded, 'base64');
  if (!isBase64(encoded) || !isUtf8(bytes)) return content(NO_CLIENT_CONTEXT);
  const text = bytes.toString('utf8');
  try {
    const parsed: unknown = JSON.parse(text);
    return /[\0-\x1f\x7f]/.test(text) ? JSON.stringify(parsed).replaceAll('\x7f', '\\u007f') : text;
  } catch {
    return content(NO_CLIENT_CONTEXT);
  }
}

function isBase64(text: string): boolean {
  return /^[A-Za-z0-9+/]*={0,2}$/.test(text);
}

function content(message: string): FrontDoorRefusal {
  return { refused: true, errorName: 'InvalidRequestContentException', message };
}

function invalid(violation: string): FrontDoorRefusal {
  return { refused: true, errorName: 'ValidationException', message: `1 validation error detected: ${violation}` };
}
