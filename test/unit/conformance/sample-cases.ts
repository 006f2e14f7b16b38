/** Cases and results to try the kit's own parts on. */
import type { CaseResult, ConformanceCase, JudgedResult, RunSummary, Status } from '../../conformance/index.ts';

export function sampleCase(changes: Partial<ConformanceCase> = {}): ConformanceCase {
  return {
    id: 'subject-condition',
    ref: 'RT-001',
    title: 'A subject under a condition has an outcome',
    source: 'a document, a section',
    level: 'required',
    needs: ['runtime-api'],
    accepts: [{ status: 200 }],
    run: async () => ({ status: 200 }),
    ...changes,
  };
}

export function sampleResult(id: string, status: Status, changes: Partial<CaseResult> & { dependsOn?: readonly string[] } = {}): CaseResult {
  const { dependsOn, ...rest } = changes;
  return {
    case: sampleCase({ id, ...(dependsOn === undefined ? {} : { dependsOn }) }),
    status,
    reason: status === 'pass' ? undefined : `why it is ${status}`,
    observed: status === 'fail' ? { status: 500 } : undefined,
    durationMs: 12,
    exchanges: [],
    output: '',
    ...rest,
  };
}

/** One result of every kind, two of them unexpected. */
export function oneOfEveryKind(): JudgedResult[] {
  const expected = { expectation: { kind: 'pass' }, isUnexpected: false } as const;
  const exchange = {
    who: 'runtime',
    atMs: 3,
    request: 'GET /2018-06-01/ping',
    requestHeaders: { 'X-A': 'b' },
    requestBody: '',
    reply: { atMs: 5, startLine: 'HTTP/1.1 500 Broken', headers: { 'content-type': 'text/plain' }, body: 'no', isComplete: true },
  };
  return [
    { ...sampleResult('one-passes', 'pass'), ...expected },
    { ...sampleResult('one-fails', 'fail', { reason: 'expected { status: 200 } & <more>', exchanges: [exchange] }), expectation: { kind: 'pass' }, isUnexpected: true },
    { ...sampleResult('one-fails-as-known', 'fail'), expectation: { kind: 'known-failing', reason: 'the known reason' }, isUnexpected: false },
    { ...sampleResult('one-passes-unawaited', 'pass'), expectation: { kind: 'known-failing', reason: 'an outdated reason' }, isUnexpected: true },
    { ...sampleResult('one-is-skipped', 'skip', { reason: 'needs streaming: not there' }), ...expected },
    { ...sampleResult('one-is-blocked', 'blocked'), ...expected },
    { ...sampleResult('one-has-an-error', 'error'), expectation: { kind: 'pass' }, isUnexpected: true },
  ];
}

export function sampleSummary(results: readonly JudgedResult[] = oneOfEveryKind()): RunSummary {
  return { targetName: 'sample', targetAbout: 'a target that is not there', profile: 'aws', againCommand: 'node test/conformance/main.ts --target sample', startedAt: '2026-01-01T00:00:00.000Z', durationMs: 1_234, results };
}
