/** `…/functions/{reference}/invocations` and its streaming sibling, the reference being a name, a partial or a full ARN, with or without qualifier. */
import {
  FUNCTIONS_PATH_PREFIX,
  INVOCATIONS_PATH_SUFFIX,
  STREAMING_FUNCTIONS_PATH_PREFIX,
  STREAMING_INVOCATIONS_PATH_SUFFIX,
} from '../protocol/paths.ts';

export type InvocationsPath = {
  /** As addressed and decoded: what a look-up takes. */
  reference: string;
  functionName: string;
  /** From the reference or from `?Qualifier=`, the latter first. */
  qualifier: string | undefined;
};

/** Source: service model, pattern of `FunctionName` for Invoke. */
const REFERENCE =
  /^(?:arn:aws[a-zA-Z-]*:lambda:)?(?:[a-z]{2}(?:-[a-z]+)+-\d:)?(?:\d{12}:)?(?:function:)?([a-zA-Z0-9\-_.]{1,140})(?::(\$LATEST|[a-zA-Z0-9\-_]{1,128}))?$/;
const QUALIFIER = /^(?:\$LATEST|[a-zA-Z0-9\-_]{1,128})$/;

export function matchInvocationsPath(path: string, query: string): InvocationsPath | undefined {
  return match({ path, query, prefix: FUNCTIONS_PATH_PREFIX, suffix: INVOCATIONS_PATH_SUFFIX });
}

/** Of InvokeWithResponseStream. */
export function matchStreamingInvocationsPath(path: string, query: string): InvocationsPath | undefined {
  return match({ path, query, prefix: STREAMING_FUNCTIONS_PATH_PREFIX, suffix: STREAMING_INVOCATIONS_PATH_SUFFIX });
}

function match({ path, query, prefix, suffix }: { path: string; query: string; prefix: string; suffix: string }): InvocationsPath | undefined {
  const withoutSlash = path.endsWith('/') ? path.slice(0, -1) : path;
  if (!withoutSlash.startsWith(prefix) || !withoutSlash.endsWith(suffix)) return undefined;
  const label = withoutSlash.slice(prefix.length, withoutSlash.length - suffix.length);
  const reference = decodeLabel(label);
  if (reference === undefined) return undefined;
  const parts = REFERENCE.exec(reference);
  if (parts === null || parts[1] === undefined) return undefined;
  const asked = query === '' ? undefined : (new URLSearchParams(query).get('Qualifier') ?? undefined);
  if (asked !== undefined && !QUALIFIER.test(asked)) return undefined;
  return { reference, functionName: parts[1], qualifier: asked ?? parts[2] };
}

/** Decoded after the route is known, so an encoded slash cannot change the route. */
function decodeLabel(label: string): string | undefined {
  if (label === '' || label.includes('/')) return undefined;
  if (!label.includes('%')) return label;
  try {
    return decodeURIComponent(label);
  } catch {
    return undefined;
  }
}
