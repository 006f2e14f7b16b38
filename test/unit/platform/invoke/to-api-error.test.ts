import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ApiError } from '../../../../platform/api/index.ts';
import { refusalToApiError, toApiError } from '../../../../platform/invoke/to-api-error.ts';
import { WORKER_ERRORS, workerError } from '../../../../platform/worker/errors.ts';
import type { WorkerErrorCode } from '../../../../platform/worker/errors.ts';

const test = suite('platform/invoke/to-api-error');

const STATUS_BY_CODE: Record<WorkerErrorCode, number> = { 'worker/busy': 429, 'worker/start-failed': 500, 'worker/channel-violated': 500, 'worker/closed': 500 };

for (const [code, { fault }] of Object.entries(WORKER_ERRORS)) {
  test(`${code} has its status`, () => {
    const known = Object.keys(STATUS_BY_CODE).find((name): name is WorkerErrorCode => name === code);
    assert.ok(known);
    const apiError = toApiError(workerError(known, 'what happened at /some/path'));
    assert.is(apiError.status, STATUS_BY_CODE[known]);
    assert.is(apiError.fault, fault);
    assert.not.match(String(apiError.publicMessage), /some\/path/);
  });
}

test('an error of the API stays itself', () => {
  const error = new ApiError('ResourceNotFoundException', 'no');
  assert.is(toApiError(error), error);
});

for (const thrown of [new TypeError('ours'), 'a string', undefined]) {
  test(`anything else (${String(thrown)}) is the generic error`, () => {
    assert.is(toApiError(thrown).errorName, 'ServiceException');
  });
}

test('a refusal keeps its name and words', () => {
  const error = refusalToApiError({ refused: true, errorName: 'ValidationException', message: 'words' });
  assert.equal([error.errorName, error.publicMessage], ['ValidationException', 'words']);
});

test.run();
