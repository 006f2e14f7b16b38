/**
 * Runtime versions: one immutable, numbered record per build of a reference (`images-and-layers.md` §4.3). A record is
 * one file that is created in one step and never changed, and its name is its number: of two writers one gets the
 * number and the other tries the next, and a kill leaves either a whole record or none.
 */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { imagesError } from '../errors.ts';
import { canonicalJson, createFileAtomically, readFileIfThere, writeFileAtomically } from './durable-file.ts';

const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/);

const versionImage = z.strictObject({
  architecture: z.enum(['x86_64', 'arm64']),
  imageDigest: digest,
  rootDigest: digest,
  environment: z.record(z.string(), z.string()),
  languageVersion: z.string(),
  lockDigest: digest,
});

const versionRecord = z.strictObject({
  schema: z.literal(1),
  reference: z.string(),
  number: z.int().min(1),
  identifier: z.string(),
  family: z.enum(['nodejs', 'python', 'java', 'provided']),
  line: z.string(),
  base: z.string(),
  recipeDigest: digest,
  images: z.array(versionImage).min(1),
});

export type VersionImage = z.infer<typeof versionImage>;
export type VersionRecord = z.infer<typeof versionRecord>;
export type NewVersion = Omit<VersionRecord, 'schema' | 'number'>;

export class RuntimeVersions {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Every version of the reference, oldest first. */
  async list(reference: string): Promise<VersionRecord[]> {
    const numbers = await this.#numbers(reference);
    return Promise.all(numbers.map((number) => this.#read(reference, number)));
  }

  async get(reference: string, number: number): Promise<VersionRecord | undefined> {
    return (await this.#numbers(reference)).includes(number) ? this.#read(reference, number) : undefined;
  }

  /** Gives the build the next number, or returns the record that has the same image digests already. */
  async register(version: NewVersion): Promise<VersionRecord> {
    for (;;) {
      const known = await this.list(version.reference);
      const same = known.find((record) => record.images.some((image) => version.images.some((own) => own.imageDigest === image.imageDigest)));
      if (same !== undefined) return same;
      // A number is one more than the highest, so that a withdrawn record leaves a gap instead of its number.
      const record: VersionRecord = { schema: 1, number: (known.at(-1)?.number ?? 0) + 1, ...version };
      if (await createFileAtomically(this.#path(version.reference, record.number), canonicalJson(record))) return record;
    }
  }

  /** The number that new functions get, and whose image `find` returns. */
  async stable(reference: string): Promise<number | undefined> {
    const text = await readFileIfThere(this.#stablePath(reference));
    if (text === undefined) return undefined;
    const number = Number(text.trim());
    if (!Number.isSafeInteger(number) || number < 1) throw damaged(reference);
    return number;
  }

  async moveStable(reference: string, number: number): Promise<void> {
    if ((await this.stable(reference)) !== number) await writeFileAtomically(this.#stablePath(reference), `${number}\n`);
  }

  async #numbers(reference: string): Promise<number[]> {
    const names = await readdir(join(this.#folder, reference)).catch(() => []);
    return names.flatMap((name) => /^([1-9][0-9]*)\.json$/.exec(name)?.[1] ?? []).map(Number).sort((a, b) => a - b);
  }

  async #read(reference: string, number: number): Promise<VersionRecord> {
    try {
      const record = versionRecord.parse(JSON.parse((await readFileIfThere(this.#path(reference, number))) ?? ''));
      if (record.reference === reference && record.number === number) return record;
    } catch (cause) {
      throw damaged(reference, number, cause);
    }
    throw damaged(reference, number);
  }

  #path(reference: string, number: number): string {
    return join(this.#folder, reference, `${number}.json`);
  }

  #stablePath(reference: string): string {
    return join(this.#folder, reference, 'stable');
  }
}

/** `nodejs:24.v1`, the form of Lambda's own log lines. */
export function versionName(record: Pick<VersionRecord, 'family' | 'line' | 'number'>): string {
  return `${record.family}:${record.line}.v${record.number}`;
}

/** The ARN's hex part is the digest of the platform's image manifest, so it can be checked against the stored image. */
export function runtimeVersionArn(region: string, imageDigest: string): string {
  return `arn:aws:lambda:${region}::runtime:${imageDigest.replace(/^sha256:/, '')}`;
}

function damaged(reference: string, number?: number, cause?: unknown): Error {
  const which = number === undefined ? 'the stable pointer' : `version ${number}`;
  return imagesError('images/record-damaged', `the record of ${which} of ${reference} cannot be read`, { hint: 'restore it from a backup, or remove it and build the image again', cause });
}
