import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Extension } from '../../../../runtime-api/extensions/extension.ts';
import { ExtensionRegistry } from '../../../../runtime-api/extensions/registry.ts';
import type { Outcome } from '../../../../runtime-api/outcome.ts';

const test = suite('runtime-api/extensions/registry');

function registryWith(externalNames: readonly string[] = []) {
  const failed: string[] = [];
  let moves = 0;
  const registry = new ExtensionRegistry({
    externalNames,
    isDisabled: false,
    identity: { functionName: 'f', functionVersion: '$LATEST', handler: 'h', accountId: '000000000000' },
    listener: { extensionMoved: () => void (moves += 1), extensionFailed: (extension, kind) => void failed.push(`${extension.name} ${kind}`) },
  });
  return { registry, failed, moves: () => moves };
}

const identifierOf = (outcome: Outcome): string => (outcome.kind === 'registered' ? outcome.identifier : '');
const internal = { name: 'inside', events: [], wantsAccountId: false } as const;

test('whoever registers under the name of a file is external, everybody else internal', () => {
  const { registry } = registryWith(['a']);
  assert.not.ok(registry.areExternalsRegistered);
  registry.register({ ...internal, name: 'a' });
  assert.ok(registry.areExternalsRegistered);
  registry.register(internal);
  assert.equal(registry.all.map(({ name, isExternal }) => [name, isExternal]), [['a', true], ['inside', false]]);
});

test('an identifier that was made but not given out is unknown', () => {
  const { registry } = registryWith(['a']);
  const identifier = registry.all[0]?.identifier ?? '';
  const refusal = registry.identify(identifier, 'event');
  assert.is(!(refusal instanceof Extension) && refusal.kind === 'extensionRefused' && refusal.errorType, 'Extension.UnknownExtensionIdentifier');
  assert.is(identifierOf(registry.register({ ...internal, name: 'a' })), identifier);
  assert.is(registry.identify(identifier.toUpperCase(), 'event'), registry.all[0]);
});

test('identifiers with tricks in them are no UUIDs', () => {
  const { registry } = registryWith();
  for (const trick of ['../../etc/passwd', '11111111-2222-4333-8444-5555555555555', '{11111111-2222-4333-8444-555555555555}', '0', ' ', 'é']) {
    const refusal = registry.identify(trick, 'event');
    assert.is(!(refusal instanceof Extension) && refusal.kind === 'extensionRefused' && refusal.errorType, 'Extension.InvalidExtensionIdentifier', trick);
  }
});

test('ready means that all have called, done only that those of INVOKE have', () => {
  const { registry } = registryWith(['a', 'b']);
  registry.register({ name: 'a', events: ['INVOKE'], wantsAccountId: false });
  registry.register({ name: 'b', events: ['SHUTDOWN'], wantsAccountId: false });
  const [a, b] = registry.all;
  a?.callNext();
  assert.not.ok(registry.areAllReady);
  assert.ok(registry.areSubscribersReady);
  b?.callNext();
  assert.ok(registry.areAllReady);
});

test('a subscriber whose call was lost before the event reached it is not done', () => {
  const { registry } = registryWith(['a']);
  registry.register({ name: 'a', events: ['INVOKE'], wantsAccountId: false });
  const [extension] = registry.all;
  assert.ok(extension);
  const [lost, again] = [{ answer() {} }, { answer() {} }];
  extension.callNext();
  registry.wait(extension, lost);
  extension.forgetWaiter(lost);
  registry.deliverInvocation({ deadlineEpochMs: 1, requestId: 'r', functionArn: 'arn', traceId: undefined });
  assert.not.ok(registry.areSubscribersReady);
  assert.is(extension.callNext(), undefined);
  registry.wait(extension, again);
  assert.is(extension.state, 'Running');
  assert.is(extension.callNext(), undefined);
  assert.ok(registry.areSubscribersReady);
});

test('a report is heard once, and none is heard without a type', () => {
  const { registry, failed } = registryWith();
  registry.register(internal);
  const [extension] = registry.all;
  assert.ok(extension);
  assert.is(registry.reportError(extension, 'initError', '')?.kind, 'extensionRefused');
  assert.is(extension.state, 'Registered');
  assert.is(registry.reportError(extension, 'initError', 'T'), undefined);
  assert.is(registry.reportError(extension, 'initError', 'U'), undefined);
  assert.equal(failed, ['inside initError']);
  assert.is(extension.reportedType, 'T');
});

test('an event waits for the call, is given once, and the listener hears of calls that block only', async () => {
  const { registry, moves } = registryWith();
  registry.register({ ...internal, events: ['INVOKE'] });
  await Promise.resolve();
  const before = moves();
  const [extension] = registry.all;
  assert.ok(extension);
  registry.deliverInvocation({ deadlineEpochMs: 1, requestId: 'r', functionArn: 'arn', traceId: undefined });
  const answers: string[] = [];
  const request = { answer: ({ body }: { body: Buffer }) => void answers.push(body.toString()) };
  extension.callNext();
  Reflect.apply(registry.wait, registry, [extension, request]);
  assert.equal(answers.map((text) => JSON.parse(text)), [
    { eventType: 'INVOKE', deadlineMs: 1, requestId: 'r', invokedFunctionArn: 'arn', tracing: { type: 'X-Amzn-Trace-Id', value: '' } },
  ]);
  assert.is(moves(), before);
  extension.callNext();
  Reflect.apply(registry.wait, registry, [extension, request]);
  assert.is(answers.length, 1);
  assert.is(moves(), before + 1);
});

test.run();
