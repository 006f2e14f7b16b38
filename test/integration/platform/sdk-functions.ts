/** Functions of test/fixtures, put on a running platform through its API as tools do. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { CreateFunctionCommand, LambdaClient, waitUntilFunctionActiveV2 } from '@aws-sdk/client-lambda';
import type { Runtime } from '@aws-sdk/client-lambda';
import yazl from 'yazl';
import { FIXTURES } from '../../support/runtime-images.ts';

export const ROLE = 'arn:aws:iam::000000000000:role/function-role';

export function clientOf(endpoint: string): LambdaClient {
  return new LambdaClient({ endpoint, region: 'us-east-1', credentials: { accessKeyId: 'dummy', secretAccessKey: 'dummy' }, maxAttempts: 1 });
}

export async function zipOf(files: Readonly<Record<string, string | Buffer>>): Promise<Buffer> {
  const zip = new yazl.ZipFile();
  for (const [name, content] of Object.entries(files)) zip.addBuffer(Buffer.from(content), name, { mode: name === 'bootstrap' ? 0o100755 : 0o100644 });
  zip.end();
  return buffer(zip.outputStream);
}

export async function zipOfFixture(name: string): Promise<Buffer> {
  const folder = join(FIXTURES, name);
  return zipOf(Object.fromEntries(readdirSync(folder).map((file) => [file, readFileSync(join(folder, file))])));
}

export type NewFunction = { name: string; code: Buffer; runtime: Runtime; handler: string; memoryMiB?: number; timeoutSeconds?: number };

/** Created and ready to be invoked. */
export async function createFunction(client: LambdaClient, options: NewFunction): Promise<void> {
  await client.send(
    new CreateFunctionCommand({
      FunctionName: options.name,
      Role: ROLE,
      Runtime: options.runtime,
      Handler: options.handler,
      Architectures: [process.arch === 'arm64' ? 'arm64' : 'x86_64'],
      MemorySize: options.memoryMiB ?? 512,
      Timeout: options.timeoutSeconds ?? 30,
      Code: { ZipFile: options.code },
    }),
  );
  await waitUntilFunctionActiveV2({ client, maxWaitTime: 30, minDelay: 1, maxDelay: 1 }, { FunctionName: options.name });
}
