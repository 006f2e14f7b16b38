/**
 * A streaming tar reader for hostile input: ustar, GNU long names and pax records, as Debian packages, npm packages
 * and OCI layers use them. It decides nothing about where an entry may go; `unpack-layers.ts` and `layer-tree.ts` do.
 * Format: POSIX.1-2017 pax, "ustar Interchange Format" and "pax Interchange Format".
 */
import { imagesError } from '../errors.ts';

const BLOCK_BYTES = 512;
/** Names and pax records; the longest path Linux accepts is 4096 bytes, records may hold several. */
const META_BYTES_MAX = 1024 * 1024;

export type TarEntryType = 'file' | 'directory' | 'symlink' | 'hardlink' | 'special';

export type TarEntry = {
  path: string;
  type: TarEntryType;
  mode: number;
  sizeBytes: number;
  mtimeEpochS: number;
  /** Target of a symbolic or hard link, otherwise empty. */
  linkPath: string;
  /** The content; what is not read is skipped when the next entry is asked for. */
  body: AsyncIterable<Buffer>;
};

/** Yields the entries in order and reads the source to its end; throws `images/archive-malformed` on damage, including a missing end. */
export async function* readTar(source: AsyncIterable<Uint8Array>): AsyncGenerator<TarEntry, void> {
  const input = new ByteSource(source);
  try {
    yield* readEntries(input);
    // Padding may follow the end mark; reading it lets a source that counts or checks its bytes come to its end.
    await input.drain();
  } finally {
    await input.close();
  }
}

async function* readEntries(input: ByteSource): AsyncGenerator<TarEntry, void> {
  let overrides: Overrides = {};
  let zeroBlocks = 0;
  for (;;) {
    const block = await input.take(BLOCK_BYTES);
    if (block === undefined) throw malformed('it ends without its end mark');
    if (block.every((byte) => byte === 0)) {
      zeroBlocks += 1;
      if (zeroBlocks === 2) return;
      continue;
    }
    if (zeroBlocks === 1) throw malformed('a single empty block stands between entries');
    const header = parseHeader(block);
    const sizeBytes = overrides.sizeBytes ?? header.sizeBytes;
    if ('LKx'.includes(header.flag) || header.flag === 'g') {
      const content = await readMeta(input, header.sizeBytes);
      // A global record (`g`) may hold a comment only, as `git archive` writes; it names no entry.
      if (header.flag !== 'g') overrides = { ...overrides, ...parseMeta(header.flag, content) };
      continue;
    }
    const path = overrides.path ?? header.readPath();
    const type = entryType(header.flag, path);
    // Links and folders have no content, whatever their size field says (pax, `typeflag`); hard links with data are refused.
    const bodyBytes = type === 'file' || header.flag === '7' ? sizeBytes : 0;
    if (type === 'hardlink' && sizeBytes !== 0) throw malformed('a hard link carries content');
    const body = new EntryBody(input, bodyBytes);
    yield {
      path,
      type,
      mode: header.mode,
      sizeBytes: bodyBytes,
      mtimeEpochS: overrides.mtimeEpochS ?? header.mtimeEpochS,
      linkPath: overrides.linkPath ?? header.readLinkPath(),
      body,
    };
    await body.skipRest();
    await input.skip((BLOCK_BYTES - (bodyBytes % BLOCK_BYTES)) % BLOCK_BYTES);
    overrides = {};
  }
}

/** Reads one entry's content whole; throws `images/archive-too-large` above `bytesMax`. */
export async function readBody(entry: TarEntry, bytesMax: number): Promise<Buffer> {
  if (entry.sizeBytes > bytesMax) {
    throw imagesError('images/archive-too-large', `an archive entry has ${entry.sizeBytes} bytes, at most ${bytesMax} are accepted`);
  }
  const parts: Buffer[] = [];
  for await (const part of entry.body) parts.push(part);
  return Buffer.concat(parts);
}

type Overrides = { path?: string; linkPath?: string; sizeBytes?: number; mtimeEpochS?: number };
/** Names are read when they are needed: one that an extended header overrides may be cut anywhere. */
type Header = { readPath(): string; flag: string; mode: number; sizeBytes: number; mtimeEpochS: number; readLinkPath(): string };

function parseHeader(block: Buffer): Header {
  let sum = 8 * 0x20;
  for (let i = 0; i < BLOCK_BYTES; i += 1) if (i < 148 || i >= 156) sum += block[i] ?? 0;
  if (parseNumber(block.subarray(148, 156)) !== sum) throw malformed('a header has a wrong check sum');
  const isPosix = block.toString('latin1', 257, 263) === 'ustar\0';
  const readPath = (): string => {
    const prefix = isPosix ? parseText(block.subarray(345, 500)) : '';
    const name = parseText(block.subarray(0, 100));
    return prefix === '' ? name : `${prefix}/${name}`;
  };
  return {
    readPath,
    flag: String.fromCharCode(block[156] ?? 0),
    mode: parseNumber(block.subarray(100, 108)) & 0o7777,
    sizeBytes: parseNumber(block.subarray(124, 136)),
    mtimeEpochS: parseNumber(block.subarray(136, 148)),
    readLinkPath: () => parseText(block.subarray(157, 257)),
  };
}

function entryType(flag: string, path: string): TarEntryType {
  switch (flag) {
    // Before ustar a folder was a file whose name ends in a slash.
    case '\0': case '0': case '7': return path.endsWith('/') ? 'directory' : 'file';
    case '1': return 'hardlink';
    case '2': return 'symlink';
    case '3': case '4': case '6': return 'special';
    case '5': return 'directory';
    default: throw malformed(`an entry has the unknown type ${JSON.stringify(flag)}`);
  }
}

function parseText(field: Buffer): string {
  const end = field.indexOf(0);
  return decode(end < 0 ? field : field.subarray(0, end));
}

function decode(bytes: Buffer): string {
  const text = bytes.toString('utf8');
  // Two different byte strings must never become one name.
  if (!Buffer.from(text, 'utf8').equals(bytes)) throw malformed('a name is not UTF-8');
  return text;
}

function parseNumber(field: Buffer): number {
  const first = field[0] ?? 0;
  if (first === 0x80) {
    let value = 0;
    for (const byte of field.subarray(1)) value = value * 256 + byte;
    if (!Number.isSafeInteger(value)) throw malformed('a number is too large');
    return value;
  }
  const text = field.toString('latin1').replace(/[\0 ]+$/, '').trimStart();
  if (!/^[0-7]*$/.test(text)) throw malformed('a number is not octal');
  return text === '' ? 0 : Number.parseInt(text, 8);
}

async function readMeta(input: ByteSource, sizeBytes: number): Promise<Buffer> {
  if (sizeBytes > META_BYTES_MAX) throw malformed('an extended header is too large');
  const content = await input.take(sizeBytes);
  if (content === undefined) throw malformed('it ends inside an extended header');
  await input.skip((BLOCK_BYTES - (sizeBytes % BLOCK_BYTES)) % BLOCK_BYTES);
  return content;
}

function parseMeta(flag: string, content: Buffer): Overrides {
  if (flag === 'L') return { path: parseText(content) };
  if (flag === 'K') return { linkPath: parseText(content) };
  const overrides: Overrides = {};
  let offset = 0;
  while (offset < content.length) {
    const space = content.indexOf(0x20, offset);
    const lengthText = space < 0 ? '' : content.toString('latin1', offset, space);
    const end = offset + Number(lengthText);
    if (!/^[1-9][0-9]{0,6}$/.test(lengthText) || end > content.length || end <= space || content[end - 1] !== 0x0a) throw malformed('a pax record has a wrong length');
    const record = content.subarray(space + 1, end - 1);
    const equals = record.indexOf(0x3d);
    if (equals <= 0) throw malformed('a pax record has no key');
    applyRecord(overrides, record.toString('latin1', 0, equals), record.subarray(equals + 1));
    offset = end;
  }
  return overrides;
}

function applyRecord(overrides: Overrides, key: string, value: Buffer): void {
  if (key === 'path') overrides.path = decode(value);
  else if (key === 'linkpath') overrides.linkPath = decode(value);
  else if (key === 'size' || key === 'mtime') {
    const text = value.toString('latin1');
    if (!(key === 'size' ? /^[0-9]{1,15}$/ : /^-?[0-9]{1,15}(\.[0-9]+)?$/).test(text)) throw malformed(`the pax ${key} is not a number`);
    if (key === 'size') overrides.sizeBytes = Number(text);
    else overrides.mtimeEpochS = Math.floor(Number(text));
  } else if (key.startsWith('GNU.sparse')) throw malformed('sparse files are not supported');
}

function malformed(what: string): Error {
  return imagesError('images/archive-malformed', `a tar archive cannot be read: ${what}`);
}

/** Cuts a stream of chunks into what is asked for, holding one chunk at a time. */
class ByteSource {
  readonly #iterator: AsyncIterator<Uint8Array>;
  #chunk: Buffer = Buffer.alloc(0);

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#iterator = source[Symbol.asyncIterator]();
  }

  /** Up to `bytesMax` bytes that are at hand, `undefined` at the end of the stream. */
  async some(bytesMax: number): Promise<Buffer | undefined> {
    while (this.#chunk.length === 0) {
      const next = await this.#iterator.next();
      if (next.done === true) return undefined;
      this.#chunk = Buffer.from(next.value.buffer, next.value.byteOffset, next.value.byteLength);
    }
    const part = this.#chunk.subarray(0, bytesMax);
    this.#chunk = this.#chunk.subarray(part.length);
    return part;
  }

  /** Exactly `bytes` bytes; `undefined` at a clean end, damage when the stream ends half-way. */
  async take(bytes: number): Promise<Buffer | undefined> {
    const parts: Buffer[] = [];
    let taken = 0;
    while (taken < bytes) {
      const part = await this.some(bytes - taken);
      if (part === undefined) {
        if (taken > 0) throw malformed('it is cut off');
        return undefined;
      }
      parts.push(part);
      taken += part.length;
    }
    return parts.length === 1 ? parts[0] : Buffer.concat(parts);
  }

  async drain(): Promise<void> {
    while ((await this.some(Number.MAX_SAFE_INTEGER)) !== undefined) continue;
  }

  async close(): Promise<void> {
    await this.#iterator.return?.();
  }

  async skip(bytes: number): Promise<void> {
    for (let left = bytes; left > 0;) {
      const part = await this.some(left);
      if (part === undefined) throw malformed('it is cut off');
      left -= part.length;
    }
  }
}

class EntryBody implements AsyncIterable<Buffer> {
  readonly #input: ByteSource;
  #left: number;

  constructor(input: ByteSource, bytes: number) {
    this.#input = input;
    this.#left = bytes;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer, void> {
    while (this.#left > 0) {
      const part = await this.#input.some(this.#left);
      if (part === undefined) throw malformed('it is cut off inside a file');
      this.#left -= part.length;
      yield part;
    }
  }

  async skipRest(): Promise<void> {
    const left = this.#left;
    this.#left = 0;
    await this.#input.skip(left);
  }
}
