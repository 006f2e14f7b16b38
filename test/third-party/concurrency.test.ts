// time-limit-seconds: 300
/** The vendor's clients with several events at once, as on managed instances. */
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { RawAnswer } from '../support/raw-peer.ts';
import { GO, NODE, openClient, RUST, withClient } from './client.ts';
import type { Calling, Client } from './client.ts';

const test = suite('third-party/concurrency');
const WORKERS = 4;

type Case = { client: Client; program?: string; variables: Readonly<Record<string, string>>; hang: object; fail: object; answer: object };

/** Those of Go and Rust that are built for it are the conformance suite's. */
const CONTRACT = { variables: { _HANDLER: 'fail-or-wait' }, hang: { waitMs: 3_600_000 }, fail: { fail: true }, answer: { waitMs: 0 } };
const CASES: readonly Case[] = [
  { client: GO, program: 'conformance-function', ...CONTRACT },
  { client: RUST, program: 'conformance', ...CONTRACT },
  { client: NODE, variables: { AWS_LAMBDA_NODEJS_WORKER_COUNT: '2' }, hang: { do: 'hang' }, fail: { do: 'fail', message: 'failed' }, answer: { do: 'return', value: 1 } },
];

/** A worker that has not yet asked for its next event takes none, which is 429 for the invoker. */
async function invokeWhenFree({ invoke }: Calling, event: object): Promise<RawAnswer> {
  for (;;) {
    const reply = await invoke(JSON.stringify(event));
    if (reply.status !== 429) return reply;
  }
}

for (const { client, program, variables, hang, fail, answer } of CASES) {
  test(`${client.name}: while three events hang, others are answered and fail one after the other`, async () => {
    const opened = await openClient(client);
    if (opened.folder === undefined) return console.log(`skip: ${opened.reason}`);
    const { folder } = opened;
    const started = program === undefined ? client : { ...client, command: () => [join(folder, program)] };
    const hanging: Promise<unknown>[] = [];
    await withClient(started, folder, { maxConcurrency: WORKERS, variables }, async (calling) => {
      for (let count = 0; count < WORKERS - 1; count += 1) hanging.push(invokeWhenFree(calling, hang).catch(() => undefined));
      await calling.logged(/("type":"platform\.start"[^]*){3}/);
      for (let count = 0; count < 2; count += 1) {
        const [answered, failed] = [await invokeWhenFree(calling, answer), await invokeWhenFree(calling, fail)];
        assert.equal([answered.status, answered.headers.get('x-amz-function-error')], [200, undefined], answered.body.toString());
        assert.equal([failed.status, failed.headers.get('x-amz-function-error')], [200, 'Unhandled'], failed.body.toString());
      }
    });
    await Promise.all(hanging);
  });
}

test.run();
