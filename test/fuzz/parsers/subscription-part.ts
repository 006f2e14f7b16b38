/** Subscriptions to the Telemetry API: members that are known to be right or wrong, and whatever mutation makes of them. */
import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { parseSubscription } from '../../../runtime-api/telemetry/subscription.ts';
import type { FuzzPart } from '../part.ts';
import { JSON_PIECES, mutate, mutations } from './bytes.ts';
import type { Mutation } from './bytes.ts';

/** Members of a subscription that are right, and their neighbours that are not. Source: section 12 of the protocol notes. */
const SUBSCRIPTION_MEMBERS = {
  schemaVersion: { right: ['2022-07-01', '2022-12-13', '2025-01-29'], wrong: ['2020-08-15', '2022-07-02', '', 20220701, null, undefined, ['2022-07-01']] },
  types: { right: [['platform'], ['function', 'platform'], ['extension', 'extension']], wrong: [[], ['Platform'], 'platform', {}, null, undefined, [['platform']]] },
  destination: {
    right: [
      { protocol: 'HTTP', URI: 'http://sandbox.localdomain:8080' },
      { protocol: 'HTTP', URI: 'http://sandbox.localdomain:80/a?b=c' },
      { protocol: 'TCP', port: 1 },
      { protocol: 'TCP', port: 65_535 },
    ],
    wrong: [
      { protocol: 'HTTP', URI: 'http://sandbox.localdomain' },
      { protocol: 'HTTP', URI: 'http://sandbox.localdomain:0' },
      { protocol: 'HTTP', URI: 'http://sandbox.localdomain:9001/' },
      { protocol: 'HTTP', URI: 'http://sandbox.localdomain:1234@example.com:8080/' },
      { protocol: 'HTTP', URI: 'http://sandbox.localdomain.example.com:8080/' },
      { protocol: 'HTTP', URI: 'http://example.com:8080/#@sandbox.localdomain' },
      { protocol: 'HTTP', URI: 'http://169.254.169.254:80/' },
      { protocol: 'HTTP', URI: 'https://sandbox.localdomain:8080' },
      { protocol: 'HTTP', URI: 'file:///sandbox.localdomain:8080' },
      { protocol: 'HTTP', URI: 8080 },
      { protocol: 'TCP', port: 0 },
      { protocol: 'TCP', port: 65_536 },
      { protocol: 'TCP', port: 9001 },
      { protocol: 'TCP', port: 4711 },
      { protocol: 'TCP', port: '8080' },
      { protocol: 'UDP', port: 8080 },
      { protocol: 'tcp', port: 8080 },
      'http://sandbox.localdomain:8080',
      [],
      null,
      undefined,
    ],
  },
  buffering: {
    right: [undefined, {}, { maxItems: 1_000, maxBytes: 262_144, timeoutMs: 25 }, { maxItems: 10_000, maxBytes: 1_048_576, timeoutMs: 30_000 }],
    wrong: [{ maxItems: 999 }, { maxItems: 10_001 }, { maxBytes: 262_143 }, { maxBytes: 1_048_577 }, { timeoutMs: 24 }, { timeoutMs: 30_001 }, { timeoutMs: 25.5 }, { maxItems: '1000' }, [], 'x', 1],
  },
} as const;
const OWN_PORT = 4711;

function member(name: keyof typeof SUBSCRIPTION_MEMBERS): fc.Arbitrary<{ isRight: boolean; value: unknown }> {
  const { right, wrong } = SUBSCRIPTION_MEMBERS[name];
  const of = (values: readonly unknown[], isRight: boolean) => fc.constantFrom(...values).map((value) => ({ isRight, value }));
  return fc.oneof({ weight: 4, arbitrary: of(right, true) }, { weight: 1, arbitrary: of(wrong, false) });
}

export const subscriptionPart: FuzzPart<{ members: Record<keyof typeof SUBSCRIPTION_MEMBERS, { isRight: boolean; value: unknown }>; changes: Mutation[] }> = {
  name: 'subscription',
  inputs: fc.record({
    members: fc.record({ schemaVersion: member('schemaVersion'), types: member('types'), destination: member('destination'), buffering: member('buffering') }),
    changes: fc.oneof(fc.constant<Mutation[]>([]), mutations(JSON_PIECES)),
  }),
  run({ members, changes }, tally) {
    const body = JSON.stringify(Object.fromEntries(Object.entries(members).map(([name, { value }]) => [name, value])));
    const parsed = parseSubscription('telemetry', mutate(Buffer.from(body), changes), OWN_PORT);
    const isTaken = !('problems' in parsed);
    tally.add(isTaken ? 'subscription' : 'refused subscription');
    if (changes.length === 0) assert.is(isTaken, Object.values(members).every(({ isRight }) => isRight), body);
    if (!isTaken) return 1;
    assert.ok(parsed.types.length > 0 && parsed.types.every((type) => ['platform', 'function', 'extension'].includes(type)));
    assert.ok(parsed.destination.port >= 1 && parsed.destination.port <= 65_535 && ![9001, OWN_PORT].includes(parsed.destination.port));
    return 1;
  },
};
