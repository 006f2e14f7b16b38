/**
 * Short-lived links to the zip of a function, in place of the presigned S3 addresses of the real service: the digest, an
 * expiry and a keyed hash over both. The key lives as long as the process; a restart ends all links.
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../../../foundation/clock.ts';
import { ApiError } from '../../api/index.ts';
import { DOWNLOAD_LINK_MS } from '../limits.ts';

/** Outside every path of the real API, so that it can never be taken for an operation. */
export const DOWNLOAD_PATH_PREFIX = '/_rik/code/';

export interface DownloadLinks {
  /** `origin` is scheme, host and port at which the caller reached us. */
  make(origin: string, digest: string): string;
  /** The digest that a link stands for; fails with 403 when it was altered or its time is over. */
  open(fileName: string, query: URLSearchParams): string;
}

export function createDownloadLinks(clock: Clock): DownloadLinks {
  const key = randomBytes(32);
  const sign = (digest: string, expires: string) => createHmac('sha256', key).update(`${digest}.${expires}`).digest('hex');
  return {
    make(origin, digest) {
      const expires = String(clock.nowEpochMs() + DOWNLOAD_LINK_MS);
      return `${origin}${DOWNLOAD_PATH_PREFIX}${digest}.zip?expires=${expires}&signature=${sign(digest, expires)}`;
    },
    open(fileName, query) {
      const digest = /^([0-9a-f]{64})\.zip$/.exec(fileName)?.[1];
      const expires = query.get('expires') ?? '';
      const signature = Buffer.from(query.get('signature') ?? '');
      const expected = Buffer.from(sign(digest ?? '', expires));
      const genuine = signature.length === expected.length && timingSafeEqual(signature, expected);
      if (digest === undefined || !genuine) throw refused('The link is not valid');
      if (clock.nowEpochMs() > Number(expires)) throw refused('Request has expired');
      return digest;
    },
  };
}

function refused(message: string): ApiError {
  return new ApiError('AccessDeniedException', message);
}
