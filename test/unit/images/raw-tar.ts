/** Tar bytes written by hand, so that tests can say what no well-meant writer would. */

export type RawEntry = { name: string; type?: string; mode?: number; content?: string | Buffer; link?: string; mtimeEpochS?: number; sizeField?: string; magic?: string; prefix?: string };

export function rawTar(entries: RawEntry[], end: Buffer = Buffer.alloc(1024)): Buffer {
  return Buffer.concat([...entries.map(rawEntry), end]);
}

export function rawEntry(entry: RawEntry): Buffer {
  const content = Buffer.from(entry.content ?? '');
  const block = Buffer.alloc(512);
  block.write(entry.name, 0, 100, 'latin1');
  block.write(`${(entry.mode ?? 0o644).toString(8).padStart(7, '0')}\0`, 100, 'latin1');
  block.write('0000000\x000000000\x00', 108, 'latin1');
  block.write(entry.sizeField ?? `${content.length.toString(8).padStart(11, '0')}\0`, 124, 'latin1');
  block.write(`${(entry.mtimeEpochS ?? 0).toString(8).padStart(11, '0')}\0`, 136, 'latin1');
  block.write('        ', 148, 'latin1');
  block.write(entry.type ?? '0', 156, 'latin1');
  block.write(entry.link ?? '', 157, 100, 'latin1');
  block.write(entry.magic ?? 'ustar\x0000', 257, 'latin1');
  block.write(entry.prefix ?? '', 345, 155, 'latin1');
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return Buffer.concat([block, content, Buffer.alloc((512 - (content.length % 512)) % 512)]);
}

export function paxRecord(key: string, value: string): string {
  const rest = Buffer.byteLength(` ${key}=${value}\n`);
  const digits = String(rest + String(rest).length).length;
  return `${rest + digits} ${key}=${value}\n`;
}

/** The bytes in pieces of the given size, as a stream would deliver them. */
export async function* inPieces(bytes: Buffer, pieceBytes = 700): AsyncGenerator<Buffer, void> {
  for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes);
}
