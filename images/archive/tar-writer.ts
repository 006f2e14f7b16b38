/**
 * Writes the layers' tar files: entries in the given order, owner root, one fixed time, so that equal trees give equal
 * bytes. Long names use a pax record, which every reader of OCI layers understands.
 */
import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';

const BLOCK_BYTES = 512;
const USTAR_SIZE_MAX = 8 ** 11 - 1;

export type TarItem =
  | { type: 'directory'; path: string; mode: number }
  | { type: 'file'; path: string; mode: number; content: Buffer }
  | { type: 'symlink'; path: string; target: string };

/** Writes `items` to a new file and returns its digest; the caller renames it into place. */
export async function writeTarFile(filePath: string, items: Iterable<TarItem>, mtimeEpochS: number): Promise<{ sha256: string; sizeBytes: number }> {
  const hash = createHash('sha256');
  const file = await open(filePath, 'wx', 0o644);
  let sizeBytes = 0;
  const put = async (bytes: Buffer): Promise<void> => {
    hash.update(bytes);
    sizeBytes += bytes.length;
    await file.writeFile(bytes);
  };
  try {
    for (const item of items) for (const part of encodeItem(item, mtimeEpochS)) await put(part);
    await put(Buffer.alloc(2 * BLOCK_BYTES));
  } finally {
    await file.close();
  }
  return { sha256: hash.digest('hex'), sizeBytes };
}

/** The bytes of one entry, in parts, without the archive's end mark. */
export function encodeItem(item: TarItem, mtimeEpochS: number): Buffer[] {
  const name = item.type === 'directory' ? `${item.path}/` : item.path;
  const link = item.type === 'symlink' ? item.target : '';
  const content = item.type === 'file' ? item.content : Buffer.alloc(0);
  if (content.length > USTAR_SIZE_MAX) throw new RangeError('a tar entry is limited to 8 GiB');
  const records = [
    ...(Buffer.byteLength(name) > 100 ? [paxRecord('path', name)] : []),
    ...(Buffer.byteLength(link) > 100 ? [paxRecord('linkpath', link)] : []),
  ].join('');
  const parts: Buffer[] = [];
  if (records !== '') {
    const body = Buffer.from(records);
    parts.push(header({ name: 'pax', flag: 'x', mode: 0o644, sizeBytes: body.length, mtimeEpochS, link: '' }), padded(body));
  }
  const flag = item.type === 'directory' ? '5' : item.type === 'symlink' ? '2' : '0';
  const mode = item.type === 'symlink' ? 0o777 : item.mode;
  parts.push(header({ name, flag, mode, sizeBytes: content.length, mtimeEpochS, link }));
  if (content.length > 0) parts.push(padded(content));
  return parts;
}

type HeaderFields = { name: string; flag: string; mode: number; sizeBytes: number; mtimeEpochS: number; link: string };

function header(fields: HeaderFields): Buffer {
  const block = Buffer.alloc(BLOCK_BYTES);
  Buffer.from(fields.name).copy(block, 0, 0, 100);
  block.write(`${octal(fields.mode, 7)}\0`, 100, 'latin1');
  block.write(`${octal(0, 7)}\0${octal(0, 7)}\0`, 108, 'latin1');
  block.write(`${octal(fields.sizeBytes, 11)}\0`, 124, 'latin1');
  block.write(`${octal(fields.mtimeEpochS, 11)}\0`, 136, 'latin1');
  block.write('        ', 148, 'latin1');
  block.write(fields.flag, 156, 'latin1');
  Buffer.from(fields.link).copy(block, 157, 0, 100);
  block.write('ustar\x0000', 257, 'latin1');
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${octal(sum, 6)}\0 `, 148, 'latin1');
  return block;
}

function octal(value: number, digits: number): string {
  return value.toString(8).padStart(digits, '0');
}

function padded(content: Buffer): Buffer {
  const rest = content.length % BLOCK_BYTES;
  return rest === 0 ? content : Buffer.concat([content, Buffer.alloc(BLOCK_BYTES - rest)]);
}

/** `<length> <key>=<value>\n`, where the length counts its own digits. */
function paxRecord(key: string, value: string): string {
  const rest = Buffer.byteLength(` ${key}=${value}\n`);
  let length = rest + String(rest).length;
  if (String(length).length !== String(rest).length) length = rest + String(length).length;
  return `${length} ${key}=${value}\n`;
}
