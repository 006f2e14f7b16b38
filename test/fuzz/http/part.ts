/** The reader against `node:http`: whatever ours accepts, the reference reads alike. The other direction is free, ours may refuse more. */
import * as assert from 'uvu/assert';
import type { FuzzPart } from '../part.ts';
import { CONVERSATION, mutated } from './conversation.ts';
import type { Conversation } from './conversation.ts';
import { converse, withReaders } from './readers.ts';
import type { Readers } from './readers.ts';

/** `close` ends the two servers. */
export async function readingPart(): Promise<FuzzPart<Conversation>> {
  let end: () => void = () => {};
  let ended: Promise<void> = Promise.resolve();
  const readers = await new Promise<Readers>((resolve) => {
    ended = withReaders((opened) => {
      resolve(opened);
      return new Promise((done) => (end = done));
    });
  });
  return {
    name: 'http',
    inputs: CONVERSATION,
    async run({ requests, mutations, cuts }, tally) {
      const bytes = Buffer.from(mutated(requests.join(''), mutations), 'latin1');
      const places = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((left, right) => left - right);
      const pieces = [...places, bytes.length].map((place, index) => bytes.subarray(index === 0 ? 0 : places[index - 1], place)).filter((piece) => piece.length > 0);
      const [ours, reference] = await Promise.all([converse(readers.ours, pieces), converse(readers.reference, pieces)]);
      const read = readers.oursOf(ours.localPort);
      for (const { method } of read) tally.add(`read ${method}`);
      if (read.length < requests.length) tally.add('refused');
      assert.equal(read, readers.referenceOf(reference.localPort).slice(0, read.length), JSON.stringify(bytes.toString('latin1')));
      return requests.length;
    },
    async close() {
      end();
      await ended;
    },
  };
}
