/**
 * The store of built images: one OCI layout (image-spec "Image Layout"). Blobs are checked against their digests
 * whenever they are read; the index is replaced in one step after all blobs are in place.
 */
import { createHash } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline, Readable, type Transform } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { z } from 'zod';
import { isCodedError } from '../../foundation/coded-error.ts';
import { LayerUnpacker, type UnpackLimits } from '../archive/unpack-layers.ts';
import { imagesError } from '../errors.ts';
import { canonicalJson, readFileIfThere, writeFileAtomically } from './durable-file.ts';

/** Large pieces: with zlib's 16 KiB an image of 150 MB passes through ten thousand promises. */
const CHUNK_BYTES = 1024 * 1024;
const MANIFEST_BYTES_MAX = 4 * 1024 * 1024;
const digestText = z.string().regex(/^sha256:[0-9a-f]{64}$/);
const descriptor = z.looseObject({ mediaType: z.string(), digest: digestText, size: z.int().min(0), annotations: z.record(z.string(), z.string()).optional() });
const manifestShape = z.looseObject({ schemaVersion: z.literal(2), config: descriptor, layers: z.array(descriptor).min(1).max(127) });
const configShape = z.looseObject({
  architecture: z.string(),
  os: z.literal('linux'),
  config: z.looseObject({ Env: z.array(z.string().regex(/^[^=]+=/)).optional() }).optional(),
  rootfs: z.looseObject({ type: z.literal('layers'), diff_ids: z.array(digestText) }),
});
const indexShape = z.looseObject({ schemaVersion: z.literal(2), manifests: z.array(descriptor) });

/** Annotation by which OCI layouts name an image (image-spec "Annotations"). */
const REF_NAME = 'org.opencontainers.image.ref.name';

export type ImageContent = { imageDigest: string; architecture: string; environment: Record<string, string>; layers: { digest: string; diffId: string; mediaType: string; sizeBytes: number }[] };

export class OciLayout {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Digest of the only image of a layout, as a builder's push leaves it. */
  async onlyImage(): Promise<string> {
    const manifests = (await this.#index()).manifests;
    const only = manifests[0];
    if (manifests.length !== 1 || only === undefined) throw invalid(`it holds ${manifests.length} images where one is expected`);
    return only.digest;
  }

  /** Reads and checks manifest and configuration. */
  async read(imageDigest: string): Promise<ImageContent> {
    const manifest = parse(manifestShape, await this.#smallBlob(imageDigest), 'the manifest');
    const config = parse(configShape, await this.#smallBlob(manifest.config.digest), 'the configuration');
    if (config.rootfs.diff_ids.length !== manifest.layers.length) throw invalid('the manifest and the configuration disagree on the number of layers');
    const environment = (config.config?.Env ?? []).map((line): [string, string] => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]);
    return {
      imageDigest,
      architecture: config.architecture,
      environment: Object.fromEntries(environment),
      layers: manifest.layers.map((layer, i) => ({ digest: layer.digest, diffId: config.rootfs.diff_ids[i] ?? '', mediaType: layer.mediaType, sizeBytes: layer.size })),
    };
  }

  /** Unpacks all layers into `destination`, an empty folder, checking compressed and plain digests on the way. */
  async unpack(image: ImageContent, destination: string, limits: Partial<UnpackLimits> = {}): Promise<void> {
    const unpacker = new LayerUnpacker(destination, limits);
    for (const layer of image.layers) {
      const blobHash = createHash('sha256');
      const plainHash = createHash('sha256');
      await unpacker.apply(hashed(decompressed(hashed(this.#blob(layer.digest), blobHash), layer.mediaType), plainHash));
      if (`sha256:${blobHash.digest('hex')}` !== layer.digest) throw mismatch(layer.digest);
      if (`sha256:${plainHash.digest('hex')}` !== layer.diffId) throw mismatch(layer.diffId);
    }
    unpacker.finish();
  }

  /** Moves the only image of `source` in here and names it; the caller holds the layout's lock. */
  async adopt(source: OciLayout, refName: string): Promise<string> {
    const imageDigest = await source.onlyImage();
    const bytes = (await source.#smallBlob(imageDigest)).length;
    await mkdir(join(this.#folder, 'blobs', 'sha256'), { recursive: true, mode: 0o755 });
    for (const hex of await readdir(join(source.#folder, 'blobs', 'sha256'))) {
      await rename(source.#blobPath(`sha256:${hex}`), this.#blobPath(`sha256:${hex}`));
    }
    await writeFileAtomically(join(this.#folder, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}\n');
    const index = await this.#index();
    // Earlier images of the same name stay, by digest only: registered versions point at them.
    const others = index.manifests
      .filter((known) => known.digest !== imageDigest)
      .map(({ annotations, ...rest }) => (annotations === undefined || annotations[REF_NAME] === refName ? rest : { ...rest, annotations }));
    const own = { mediaType: 'application/vnd.oci.image.manifest.v1+json', digest: imageDigest, size: bytes, annotations: { [REF_NAME]: refName } };
    await writeFileAtomically(join(this.#folder, 'index.json'), canonicalJson({ ...index, manifests: [...others, own] }));
    return imageDigest;
  }

  async #index(): Promise<z.infer<typeof indexShape>> {
    const text = await readFileIfThere(join(this.#folder, 'index.json'));
    if (text === undefined) return { schemaVersion: 2, manifests: [] };
    return parse(indexShape, Buffer.from(text), 'the index');
  }

  /** A generator, so that the file is opened when somebody reads it and closed when they stop. */
  async *#blob(digest: string): AsyncGenerator<Buffer, void> {
    const file = await open(this.#blobPath(digest)).catch((cause: unknown) => lacking(digest, cause));
    yield* file.createReadStream({ highWaterMark: CHUNK_BYTES });
  }

  async #smallBlob(digest: string): Promise<Buffer> {
    const bytes = await readFile(this.#blobPath(digest)).catch((cause: unknown) => lacking(digest, cause));
    if (bytes.length > MANIFEST_BYTES_MAX) throw invalid('a manifest or configuration is too large');
    if (`sha256:${createHash('sha256').update(bytes).digest('hex')}` !== digest) throw mismatch(digest);
    return bytes;
  }

  #blobPath(digest: string): string {
    return join(this.#folder, 'blobs', 'sha256', digest.replace(/^sha256:/, ''));
  }
}

async function* hashed(source: AsyncIterable<Buffer>, hash: { update(bytes: Buffer): unknown }): AsyncGenerator<Buffer, void> {
  for await (const chunk of source) {
    hash.update(chunk);
    yield chunk;
  }
}

function decompressed(source: AsyncIterable<Buffer>, mediaType: string): AsyncIterable<Buffer> {
  const decompressor = decompressorFor(mediaType);
  return decompressor === undefined ? source : decompress(source, decompressor);
}

function decompressorFor(mediaType: string): Transform | undefined {
  switch (mediaType) {
    case 'application/vnd.oci.image.layer.v1.tar': return undefined;
    case 'application/vnd.oci.image.layer.v1.tar+gzip':
    case 'application/vnd.docker.image.rootfs.diff.tar.gzip': return createGunzip({ chunkSize: CHUNK_BYTES });
    case 'application/vnd.oci.image.layer.v1.tar+zstd': return createZstdDecompress({ chunkSize: CHUNK_BYTES });
    default: throw invalid(`a layer has the unknown media type ${JSON.stringify(mediaType)}`);
  }
}

async function* decompress(source: AsyncIterable<Buffer>, decompressor: Transform): AsyncGenerator<Buffer, void> {
  // The callback form ends the source with the reader, in both directions; its error arrives through the iteration too.
  const plain = pipeline(Readable.from(source), decompressor, () => {});
  try {
    for await (const chunk of plain) yield Buffer.from(chunk);
  } catch (cause) {
    if (isCodedError(cause)) throw cause;
    throw imagesError('images/layout-invalid', 'a layer cannot be decompressed', { cause });
  }
}

function parse<T>(shape: z.ZodType<T>, bytes: Buffer, what: string): T {
  try {
    return shape.parse(JSON.parse(bytes.toString('utf8')));
  } catch (cause) {
    throw imagesError('images/layout-invalid', `${what} of an image does not have the form of the OCI image specification`, { cause });
  }
}

function invalid(what: string): Error {
  return imagesError('images/layout-invalid', `an OCI layout cannot be used: ${what}`);
}

function lacking(digest: string, cause: unknown): never {
  throw imagesError('images/layout-invalid', `the image store lacks ${digest}`, { hint: 'build the image again', cause });
}

function mismatch(digest: string): Error {
  return imagesError('images/digest-mismatch', `the bytes stored as ${digest} do not have that digest`, { hint: 'the image store is damaged: remove the image and build it again' });
}
