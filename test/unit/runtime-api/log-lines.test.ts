import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { billedDurationMs, endLine, initReportLine, initStartLine, reportLine, reportLineRie, startLine } from '../../../runtime-api/log-lines.ts';

const test = suite('runtime-api/log-lines');
const figures = { requestId: 'ID', durationMs: 3.005, memorySizeMiB: 128, maxMemoryUsedMiB: 36, status: 'success' as const };

test('the lines are those recorded, to the character', () => {
  assert.is(initStartLine({ versionName: 'python:3.13.v12', runtimeVersionArn: 'arn' }), 'INIT_START Runtime Version: python:3.13.v12\tRuntime Version ARN: arn\n');
  assert.is(startLine('ID', '$LATEST'), 'START RequestId: ID Version: $LATEST\n');
  assert.is(endLine('ID'), 'END RequestId: ID\n');
  const report = 'REPORT RequestId: ID\tDuration: 3.00 ms\tBilled Duration: 4 ms\tMemory Size: 128 MB\tMax Memory Used: 36 MB\t';
  assert.is(reportLine(figures), `${report}\n`);
  assert.is(reportLine({ ...figures, status: 'timeout' }), `${report}Status: timeout\n`);
  assert.is(reportLine({ ...figures, status: 'error' }), `${report}Status: error\n`);
  assert.is(reportLine({ ...figures, status: 'error', errorType: 'T' }), `${report}Status: error\tError Type: T\n`);
  assert.is(reportLine({ ...figures, status: 'success', errorType: 'T' }), `${report}\n`);
});

test('an initialisation is printed after the rest and billed', () => {
  assert.is(
    reportLine({ ...figures, initDurationMs: 110.1 }),
    'REPORT RequestId: ID\tDuration: 3.00 ms\tBilled Duration: 114 ms\tMemory Size: 128 MB\tMax Memory Used: 36 MB\tInit Duration: 110.10 ms\t\n',
  );
});

test('billed is the ceiling in whole milliseconds', () => {
  for (const [durationMs, initDurationMs, billed] of [[3, undefined, 3], [3.0001, undefined, 4], [0, undefined, 0], [0.01, undefined, 1], [1.5, 1.5, 3], [1.5, 1.6, 4]] as const) {
    assert.is(billedDurationMs({ durationMs, initDurationMs }), billed);
  }
});

test('the classic report has the initialisation first and does not bill it', () => {
  assert.is(
    reportLineRie({ ...figures, initDurationMs: 0.37 }),
    'REPORT RequestId: ID\tInit Duration: 0.37 ms\tDuration: 3.00 ms\tBilled Duration: 4 ms\tMemory Size: 128 MB\tMax Memory Used: 128 MB\t\n',
  );
});

test('a failed initialisation is reported with its phase', () => {
  assert.is(initReportLine({ phase: 'init', status: 'timeout', durationMs: 9999.954 }), 'INIT_REPORT Init Duration: 9999.95 ms\tPhase: init\tStatus: timeout\n');
  assert.is(
    initReportLine({ phase: 'invoke', status: 'error', errorType: 'Runtime.ExitError', durationMs: 1 }),
    'INIT_REPORT Init Duration: 1.00 ms\tPhase: invoke\tStatus: error\tError Type: Runtime.ExitError\n',
  );
});

test('a type cannot end or forge a line', () => {
  assert.match(reportLine({ ...figures, status: 'error', errorType: 'A\nREPORT\tX\0' }), /Error Type: A REPORT X \n$/);
});

test.run();
