/** Looks up the wire's literals of a client in another language. Pure. */

/** Name → value of everything that `runtime-api/protocol` exports as text or number. */
export type WireConstants = ReadonlyMap<string, string | number>;

/** What every client has to say on the wire; a folder in which one is missing was not looked at properly. */
const EVERY_CLIENT_USES = ['NEXT_PATH', 'INVOCATION_PATH_PREFIX', 'INIT_ERROR_PATH', 'REQUEST_ID_HEADER', 'DEADLINE_MS_HEADER', 'FUNCTION_ERROR_TYPE_HEADER'] as const;

export function findWireFaults(folder: string, files: readonly { path: string; source: string }[], constants: WireConstants): string[] {
  const findings: string[] = [];
  const values = [...constants.values()].filter((value) => typeof value === 'string');
  const headers = new Set(values.filter((value) => /^Lambda-Runtime-/.test(value)).map((value) => value.toLowerCase()));
  const paths = new Set(values.filter((value) => value.startsWith('/')));
  const seen = new Set<string>();
  for (const { path, source } of files) {
    for (const literal of findLiterals(source)) {
      for (const [header] of literal.matchAll(/lambda-runtime-[a-z-]*[a-z]/gi)) {
        seen.add(header.toLowerCase());
        if (!headers.has(header.toLowerCase())) findings.push(`${path}: the header ${header} is not in runtime-api/protocol`);
      }
      // A path up to where the language fills something in.
      const [wirePath] = /^\/20\d\d-\d\d-\d\d[^\s%{?]*/.exec(literal) ?? [];
      if (wirePath === undefined) continue;
      seen.add(wirePath);
      if (!paths.has(wirePath)) findings.push(`${path}: the path ${wirePath} is not in runtime-api/protocol`);
    }
    findings.push(...findNamedFaults(path, source, constants));
  }
  for (const name of EVERY_CLIENT_USES) {
    const value = String(constants.get(name) ?? '');
    if (!seen.has(value) && !seen.has(value.toLowerCase())) findings.push(`${folder}: nothing in it uses ${name} (${value})`);
  }
  return findings;
}

/** A constant of the same name has the same value: `NAME = "x"`, `static final long NAME = 6_291_556;`. */
function findNamedFaults(path: string, source: string, constants: WireConstants): string[] {
  const findings: string[] = [];
  for (const [, name = '', text, number = ''] of source.matchAll(/\b([A-Z][A-Z0-9_]{3,})(?:\s*:\s*\w+)?\s*=\s*(?:[bru]*"([^"\n]*)"|(\d[\d_]*)L?\b)/g)) {
    const wanted = constants.get(name);
    const found = text ?? Number(number.replaceAll('_', ''));
    if (wanted !== undefined && wanted !== found) findings.push(`${path}: ${name} is ${String(found)} and in runtime-api/protocol it is ${wanted}`);
  }
  return findings;
}

/** Quoted texts; comments are not told apart, so that what they quote has to be right as well. */
function findLiterals(source: string): string[] {
  return [...source.matchAll(/"((?:[^"\\\n]|\\.)*)"|'((?:[^'\\\n]|\\.)*)'/g)].map((match) => match[1] ?? match[2] ?? '');
}
