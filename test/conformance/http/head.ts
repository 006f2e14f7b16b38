/** The start line and the fields of a message, read from bytes and written to them. */

export type Head = { startLine: string; headers: ReadonlyMap<string, string>; byteLength: number };

/** Undefined as long as the empty line has not come. */
export function readHead(buffer: Buffer): Head | undefined {
  const end = buffer.indexOf('\r\n\r\n');
  if (end === -1) return undefined;
  const [startLine = '', ...lines] = buffer.subarray(0, end).toString('latin1').split('\r\n');
  const headers = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(':');
    const name = line.slice(0, colon).trim().toLowerCase();
    const value = line.slice(colon + 1).trim();
    const before = headers.get(name);
    headers.set(name, before === undefined ? value : `${before}, ${value}`);
  }
  return { startLine, headers, byteLength: end + 4 };
}

/** Names and values go out as given: a case may want to send what no client would. */
export function writeHead(startLine: string, headers: readonly (readonly [string, string])[]): Buffer {
  const lines = [startLine, ...headers.map(([name, value]) => `${name}: ${value}`)];
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
}
