import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { exitFailure, failureAnswer, lostInitError, noBootstrapFailure, replyAnswer, spawnFailure, timeoutFailure, workingDirectoryFailure } from '../../../runtime-api/failures.ts';
import type { Failure } from '../../../runtime-api/failures.ts';

const test = suite('runtime-api/failures');

for (const [title, failure, body, errorType, origin, status] of [
  ['an exit with 0', exitFailure({ code: 0 }), '{"errorType":"Runtime.ExitError","errorMessage":"RequestId: ID Error: Runtime exited without providing a reason"}', 'Runtime.ExitError', 'crash', 'error'],
  ['an exit with 3', exitFailure({ code: 3 }), '{"errorType":"Runtime.ExitError","errorMessage":"RequestId: ID Error: Runtime exited with error: exit status 3"}', 'Runtime.ExitError', 'crash', 'error'],
  ['a kill', exitFailure({ signal: 'SIGKILL' }), '{"errorType":"Runtime.ExitError","errorMessage":"RequestId: ID Error: Runtime exited with error: signal: killed"}', 'Runtime.ExitError', 'crash', 'error'],
  ['an unknown signal', exitFailure({ signal: 'SIGRTMIN' }), '{"errorType":"Runtime.ExitError","errorMessage":"RequestId: ID Error: Runtime exited with error: signal: SIGRTMIN"}', 'Runtime.ExitError', 'crash', 'error'],
  ['a time-out', timeoutFailure(3_000), '{"errorType":"Sandbox.Timedout","errorMessage":"RequestId: ID Error: Task timed out after 3.00 seconds"}', undefined, 'timeout', 'timeout'],
  ['a time-out of a fraction', timeoutFailure(250), '{"errorType":"Sandbox.Timedout","errorMessage":"RequestId: ID Error: Task timed out after 0.25 seconds"}', undefined, 'timeout', 'timeout'],
  ['no bootstrap', noBootstrapFailure(['/a', '/b']), '{"errorType":"Runtime.InvalidEntrypoint","errorMessage":"RequestId: ID Error: Couldn\'t find valid bootstrap(s): [/a /b]"}', 'Runtime.InvalidEntrypoint', 'crash', 'error'],
  ['a failed start', spawnFailure('/a', 'why'), '{"errorType":"Runtime.InvalidEntrypoint","errorMessage":"RequestId: ID Error: fork/exec /a: why"}', 'Runtime.InvalidEntrypoint', 'crash', 'error'],
  ['a missing folder', workingDirectoryFailure('/a'), '{"errorType":"Runtime.InvalidWorkingDir","errorMessage":"RequestId: ID Error: the working directory doesn\'t exist: /a"}', 'Runtime.InvalidWorkingDir', 'crash', 'error'],
  ['a reported init error', lostInitError({ body: Buffer.from('as it was'), errorType: 'T' }), 'as it was', 'T', 'crash', 'error'],
] as const) {
  test(`${title} has its body, type and status`, () => {
    const each: Failure = failure;
    assert.is(each.status, status);
    const answer = failureAnswer(each, 'ID');
    assert.equal({ ...answer, body: answer.body.toString() }, { requestId: 'ID', body, isFunctionError: true, origin, errorType });
  });
}

test('a response is no failure, all other replies are, and none is a crash but a cut one', () => {
  const body = Buffer.from('x');
  assert.equal(replyAnswer({ kind: 'response', body, contentType: undefined }, 'ID', 'aws'), {
    answer: { requestId: 'ID', body, isFunctionError: false, origin: 'reply' },
    failure: undefined,
  });
  for (const [reply, errorType, origin, text] of [
    [{ kind: 'error', body, errorType: 'T' }, 'T', 'reply', 'x'],
    [{ kind: 'invalidResponseMode' }, 'Runtime.InvalidResponseModeHeader', 'reply', ''],
    [{ kind: 'tooLarge', bytes: 7 }, 'Function.ResponseSizeTooLarge', 'reply', '{"errorMessage":"Response payload size exceeded maximum allowed payload size (6291556 bytes).","errorType":"Function.ResponseSizeTooLarge"}'],
    [{ kind: 'truncated' }, 'Runtime.TruncatedResponse', 'crash', '{"errorType":"Runtime.TruncatedResponse","errorMessage":"RequestId: ID Error: HTTP request detected as truncated"}'],
  ] as const) {
    const { answer, failure } = replyAnswer(reply, 'ID', 'aws');
    assert.equal({ ...answer, body: answer.body.toString() }, { requestId: 'ID', body: text, isFunctionError: true, origin, errorType });
    assert.is(failure?.errorType, errorType);
  }
});

test('the classic text of a response that is too large has its size', () => {
  const { answer } = replyAnswer({ kind: 'tooLarge', bytes: 6_291_557 }, 'ID', 'rie');
  assert.match(answer.body.toString(), 'Response payload size (6291557 bytes) exceeded maximum allowed payload size (6291556 bytes).');
});

test.run();
