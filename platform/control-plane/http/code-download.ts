/** Sends the zip of a function, byte for byte as it was uploaded. */
import { open } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { ApiError } from '../../api/index.ts';

export async function sendCode(zipPath: string, response: ServerResponse, requestId: string): Promise<void> {
  // Opened before anything is said: the file may have gone with its function, and an open file stays readable.
  const file = await open(zipPath, 'r').catch((cause: unknown) => {
    throw new ApiError('ResourceNotFoundException', 'The resource you requested does not exist.', { cause });
  });
  try {
    const { size } = await file.stat();
    response.writeHead(200, { 'Content-Type': 'application/zip', 'Content-Length': size, 'x-amzn-RequestId': requestId });
    await pipeline(file.createReadStream({ autoClose: false }), response);
  } finally {
    await file.close();
  }
}
