import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { RuntimeSession } from '../../../runtime-api/session.ts';
import type { Waiter } from '../../../runtime-api/session.ts';

const test = suite('runtime-api/session');

function harness(): { session: RuntimeSession; heard: string[]; next: (name: string) => Waiter; answered: string[] } {
  const heard: string[] = [];
  const answered: string[] = [];
  const session = new RuntimeSession({
    runtimeWaiting: () => heard.push('waiting'),
    runtimeReplied: ({ kind }) => heard.push(kind),
    initErrorReported: () => heard.push('initError'),
  });
  return {
    session,
    heard,
    answered,
    next(name) {
      const waiter: Waiter = { answer: () => void answered.push(name) };
      assert.is(session.step('nextCalled'), undefined);
      session.wait(waiter);
      return waiter;
    },
  };
}

const current = (requestId: string) => ({ invocation: { requestId, functionArn: 'arn', payload: Buffer.from('{}') }, deadlineEpochMs: 1 });

function reply(session: RuntimeSession): void {
  assert.is(session.step('responseBegun'), undefined);
  assert.is(session.step('responseEnded'), undefined);
}

test('an invocation goes to the waiter that came first, once', () => {
  const { session, heard, next, answered } = harness();
  next('one');
  next('two');
  assert.equal(heard, ['waiting']);
  assert.ok(session.deliver(current('a')));
  assert.equal(answered, ['one']);
  assert.not.ok(session.deliver(current('b')));
  assert.ok(session.isCurrent('a'));
});

test('that the runtime waits again is news although a thread of it has waited all along', () => {
  const { session, heard, next, answered } = harness();
  next('one');
  next('two');
  session.deliver(current('a'));
  reply(session);
  next('one again');
  assert.equal(heard, ['waiting', 'waiting']);
  assert.not.ok(session.isCurrent('a'));
  assert.ok(session.deliver(current('b')));
  assert.equal(answered, ['one', 'two']);
});

test('nothing is delivered to a waiter that is gone; the next one gets it', () => {
  const { session, heard, next, answered } = harness();
  session.forgetWaiter(next('gone'));
  assert.not.ok(session.deliver(current('a')));
  assert.is(session.state, 'Ready');
  next('back');
  assert.equal(heard, ['waiting', 'waiting']);
  assert.ok(session.deliver(current('a')));
  assert.equal(answered, ['back']);
});

test('a refused step changes nothing and names both states', () => {
  const { session } = harness();
  assert.equal(session.step('responseBegun'), { kind: 'refused', from: 'Started', to: 'InvocationResponse' });
  assert.is(session.state, 'Started');
});

test('the id stays current after the reply, until the runtime asks again', () => {
  const { session, next } = harness();
  next('one');
  session.deliver(current('a'));
  reply(session);
  assert.ok(session.isCurrent('a'));
  next('again');
  assert.not.ok(session.isCurrent('a'));
});

test.run();
