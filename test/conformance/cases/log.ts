/** The log: platform lines in text and as JSON, and what becomes of the function's output. */
import { between } from '../accept.ts';
import type { ConformanceCase } from '../case.ts';
import { readJson, textAt } from '../json.ts';
import { sleep } from '../kit/now.ts';
import { UUID_PATTERN } from '../kit/seen.ts';
import type { Trial } from '../kit/trial.ts';
import { keepExtension } from './extension-support.ts';
import { LOGS, RECORDED, rie } from './sources.ts';

const FRONT_DOOR = rie('rie/handlers.go');
const CLOUDWATCH = 'localstack/localstack tests/aws/services/lambda_ TestCloudwatchLogs';
const REPORT = /^REPORT RequestId: .*$/m;
const LONG_LINE_BYTES = 300_000;

export const LOG_CASES: readonly ConformanceCase[] = [
  {
    id: 'log-order',
    ref: 'LOG-001',
    title: 'START, the output of the function, END and REPORT come in this order',
    source: `${LOGS}; ${CLOUDWATCH}; ${FRONT_DOOR}`,
    level: 'required',
    needs: ['runtime-api', 'platform-log'],
    fresh: true,
    accepts: [{ order: ['START', 'function', 'END', 'REPORT'] }],
    run: async (t) => {
      const { lines } = await printAndReport(t, ['a line of the function\n']);
      const words = lines.map((line) => (line === 'a line of the function' ? 'function' : (line.split(' ')[0] ?? '')));
      return { order: words.filter((word) => ['START', 'function', 'END', 'REPORT'].includes(word)) };
    },
  },
  {
    id: 'log-start-line',
    ref: 'LOG-002',
    title: 'The START line has the request id of the runtime and the version',
    source: CLOUDWATCH,
    level: 'required',
    needs: ['runtime-api', 'platform-log'],
    profile: 'aws',
    fresh: true,
    accepts: [{ line: 'START RequestId: <this> Version: $LATEST' }],
    run: async (t) => {
      const { lines, requestId } = await printAndReport(t);
      return { line: lines.find((line) => line.startsWith('START'))?.replace(requestId, '<this>') };
    },
  },
  {
    id: 'log-report-line-cold',
    ref: 'LOG-003',
    title: 'The REPORT line of a cold invocation has all its members, the init duration last',
    source: CLOUDWATCH,
    level: 'required',
    needs: ['runtime-api', 'platform-log'],
    profile: 'aws',
    fresh: true,
    accepts: [{ line: /^REPORT RequestId: <this>\tDuration: \d+\.\d\d ms\tBilled Duration: \d+ ms\tMemory Size: 128 MB\tMax Memory Used: \d+ MB\tInit Duration: \d+\.\d\d ms\t$/ }],
    run: async (t) => {
      const { report, requestId } = await printAndReport(t);
      return { line: report.replace(requestId, '<this>') };
    },
  },
  {
    id: 'log-report-line-warm',
    ref: 'LOG-004',
    title: 'The REPORT line of a warm invocation has no init duration',
    source: CLOUDWATCH,
    level: 'required',
    needs: ['runtime-api', 'platform-log'],
    profile: 'aws',
    fresh: true,
    accepts: [{ line: /^REPORT RequestId: <this>\tDuration: \d+\.\d\d ms\tBilled Duration: \d+ ms\tMemory Size: 128 MB\tMax Memory Used: \d+ MB\t$/ }],
    run: async (t) => {
      await printAndReport(t);
      const { report, requestId } = await printAndReport(t);
      return { line: report.replace(requestId, '<this>') };
    },
  },
  {
    id: 'log-report-line-rie',
    ref: 'LOG-005',
    title: 'The classic emulator puts the init duration first and repeats the memory size',
    source: FRONT_DOOR,
    level: 'optional',
    needs: ['runtime-api', 'platform-log'],
    profile: 'rie',
    fresh: true,
    accepts: [{ line: /^REPORT RequestId: <this>\tInit Duration: \d+\.\d\d ms\tDuration: \d+\.\d\d ms\tBilled Duration: \d+ ms\tMemory Size: 128 MB\tMax Memory Used: 128 MB\t$/ }],
    run: async (t) => {
      const { report, requestId } = await printAndReport(t);
      return { line: report.replace(requestId, '<this>') };
    },
  },
  {
    id: 'log-report-timeout',
    ref: 'LOG-006',
    title: 'The REPORT line of a timeout says so at its end',
    source: RECORDED,
    level: 'required',
    needs: ['runtime-api', 'platform-log'],
    profile: 'aws',
    setup: { timeoutSeconds: 1 },
    accepts: [{ line: /\tStatus: timeout\t?$/ }],
    run: async (t) => {
      const { invocation } = await t.accept();
      await invocation.exchange.reply();
      return { line: await reportLine(t) };
    },
  },
  {
    id: 'log-report-crash',
    ref: 'LOG-007',
    title: 'The REPORT line of a crash has the status and the error type',
    source: RECORDED,
    level: 'required',
    needs: ['runtime-api', 'platform-log'],
    profile: 'aws',
    fresh: true,
    accepts: [{ line: /\tStatus: error\tError Type: Runtime\.ExitError\t?$/ }],
    run: async (t) => {
      const { invocation, runtime } = await t.accept();
      await runtime.exit(1);
      await invocation.exchange.reply();
      return { line: await reportLine(t) };
    },
  },
  {
    id: 'log-init-report-crash',
    ref: 'LOG-008',
    title: 'A crash while initialising is reported with phase, status and error type',
    source: RECORDED,
    level: 'required',
    needs: ['runtime-api', 'platform-log'],
    profile: 'aws',
    fresh: true,
    accepts: [{ line: /^INIT_REPORT Init Duration: \d+\.\d\d ms\tPhase: init\tStatus: error\tError Type: Runtime\.ExitError\t?$/ }],
    run: async (t) => {
      t.everyRuntime(async (runtime) => void (await runtime.exit(1)));
      await (await t.invoke()).exchange.reply();
      const log = await t.instance.log.waitFor((text) => /^INIT_REPORT .*$/m.test(text), 'the INIT_REPORT line');
      return { line: /^INIT_REPORT .*$/m.exec(log)?.[0] };
    },
  },
  {
    id: 'log-no-init-report-on-success',
    ref: 'LOG-009',
    title: 'An initialisation on demand that succeeds has no INIT_REPORT line',
    source: LOGS,
    level: 'required',
    needs: ['runtime-api', 'platform-log'],
    profile: 'aws',
    fresh: true,
    accepts: [{ hasReport: true, hasInitReport: false }],
    run: async (t) => {
      const { lines } = await printAndReport(t);
      return { hasReport: lines.some((line) => line.startsWith('REPORT')), hasInitReport: lines.some((line) => line.startsWith('INIT_REPORT')) };
    },
  },
  {
    id: 'log-extension-line',
    ref: 'LOG-010',
    title: 'A registered extension has a line with its name, state and events',
    source: 'localstack/localstack tests/aws/services/lambda_ (log lines of AWS)',
    level: 'required',
    needs: ['runtime-api', 'platform-log', 'extensions'],
    profile: 'aws',
    setup: { extensions: ['a'] },
    accepts: [{ line: /^EXTENSION\tName: a\tState: Ready\tEvents: \[INVOKE, ?SHUTDOWN\]\t?$/ }],
    run: async (t) => {
      keepExtension(t, 'a');
      await t.exchange();
      const log = await t.instance.log.waitFor((text) => /^EXTENSION\t.*$/m.test(text), 'the EXTENSION line');
      return { line: /^EXTENSION\t.*$/m.exec(log)?.[0] };
    },
  },
  {
    id: 'log-carriage-return-kept',
    ref: 'LOG-011',
    title: 'A carriage return does not end a record',
    source: `${CLOUDWATCH}, test_multi_line_prints`,
    level: 'required',
    needs: ['runtime-api', 'platform-log'],
    profile: 'aws',
    fresh: true,
    accepts: [{ lines: ['a\rb'] }],
    run: async (t) => {
      const { lines } = await printAndReport(t, ['a\rb\n']);
      return { lines: lines.filter((line) => /^(a|b|a\rb)$/.test(line)) };
    },
  },
  {
    id: 'json-log-lines-parse',
    ref: 'LOG-012',
    title: 'In JSON format every platform line is a JSON object and there is no END',
    source: LOGS,
    level: 'required',
    needs: ['runtime-api', 'platform-log', 'json-log'],
    profile: 'aws',
    setup: { logFormat: 'JSON' },
    accepts: [{ odd: [], types: ['platform.start', 'platform.report'], hasEnd: false }],
    run: async (t) => {
      const lines = await jsonLog(t);
      const types = lines.map((line) => textAt(readJson(line), 'type') ?? '');
      return {
        odd: lines.filter((line) => readJson(line) === undefined),
        types: types.filter((type) => type === 'platform.start' || type === 'platform.report'),
        hasEnd: lines.some((line) => line.startsWith('END') || textAt(readJson(line), 'type') === 'platform.end'),
      };
    },
  },
  {
    id: 'json-log-system-level-warn',
    ref: 'LOG-013',
    title: 'With the system level WARN a success has no start and no report line',
    source: LOGS,
    level: 'required',
    needs: ['runtime-api', 'platform-log', 'json-log'],
    profile: 'aws',
    setup: { logFormat: 'JSON', systemLogLevel: 'WARN' },
    accepts: [{ isPrinted: true, platform: [] }],
    run: async (t) => {
      const { runtime } = await t.exchange();
      await runtime.print('{"level":"ERROR","message":"seen"}\n');
      await t.exchange();
      const log = await t.instance.log.waitFor((text) => text.includes('"seen"'), 'the output of the function');
      await sleep(100);
      const types = log.split('\n').map((line) => textAt(readJson(line), 'type') ?? '');
      return { isPrinted: true, platform: types.filter((type) => type === 'platform.start' || type === 'platform.report') };
    },
  },
  {
    id: 'json-log-application-level-error',
    ref: 'LOG-014',
    title: 'With the application level ERROR a line of level info is left out and one of level error is kept',
    source: LOGS,
    level: 'required',
    needs: ['runtime-api', 'platform-log', 'json-log'],
    profile: 'aws',
    setup: { logFormat: 'JSON', applicationLogLevel: 'ERROR' },
    accepts: [{ hasInfo: false, hasError: true }],
    run: async (t) => {
      const lines = await jsonLog(t, '{"level":"info","message":"quiet"}\n{"level":"error","message":"loud"}\n');
      return { hasInfo: lines.some((line) => line.includes('"quiet"')), hasError: lines.some((line) => line.includes('"loud"')) };
    },
  },
  {
    id: 'json-log-plain-text-kept',
    ref: 'LOG-015',
    title: 'In JSON format a line of plain text counts as INFO and is kept',
    source: LOGS,
    level: 'required',
    needs: ['runtime-api', 'platform-log', 'json-log'],
    profile: 'aws',
    setup: { logFormat: 'JSON', applicationLogLevel: 'INFO' },
    accepts: [{ isKept: true }],
    run: async (t) => ({ isKept: (await jsonLog(t, 'words without structure\n')).some((line) => line.includes('words without structure')) }),
  },
  {
    id: 'log-billed-duration-ceiling',
    ref: 'LOG-016',
    title: 'The billed duration is the duration, with the initialisation when cold, rounded up to whole milliseconds',
    source: `${LOGS}; billing of initialisations since August 2025`,
    level: 'required',
    needs: ['runtime-api', 'platform-log'],
    profile: 'aws',
    fresh: true,
    accepts: [{ coldDifference: between(0, 1), warmDifference: between(0, 1) }],
    run: async (t) => {
      const cold = numbersOf((await printAndReport(t)).report);
      const warm = numbersOf((await printAndReport(t)).report);
      // The printed parts are rounded to hundredths, so their sum may be off by one of them each.
      const difference = ({ duration, init, billed }: typeof cold): number => Math.max(0, Math.abs(billed - Math.ceil(duration + init)));
      return { coldDifference: difference(cold), warmDifference: difference(warm), cold, warm };
    },
  },
  {
    id: 'log-long-line',
    ref: 'LOG-017',
    title: 'A line of 300 KB is not lost and does no harm',
    source: 'a demand of users; the documents are silent about it',
    level: 'optional',
    needs: ['runtime-api', 'platform-log'],
    fresh: true,
    accepts: [{ count: LONG_LINE_BYTES, after: 200 }],
    run: async (t) => {
      const { runtime } = await t.exchange();
      await runtime.print('x', { times: LONG_LINE_BYTES });
      await runtime.print('\n');
      const { answer } = await t.exchange();
      const log = await t.instance.log.waitFor((text) => countOf(text, 'x') >= LONG_LINE_BYTES, 'all of the line');
      return { count: countOf(log.replace(/^(START|END|REPORT) .*$/gm, ''), 'x'), after: answer.status };
    },
  },
  {
    id: 'log-line-without-end',
    ref: 'LOG-018',
    title: 'Output without a line end appears when the process ends',
    source: 'a demand of users; the documents are silent about it',
    level: 'optional',
    needs: ['runtime-api', 'platform-log'],
    fresh: true,
    accepts: [{ isLogged: true }],
    run: async (t) => {
      const { invocation, runtime } = await t.accept();
      await runtime.print('last words without a line end');
      await runtime.exit(1);
      await invocation.exchange.reply();
      await t.instance.log.waitFor((text) => text.includes('last words without a line end'), 'the last words');
      return { isLogged: true };
    },
  },
  {
    id: 'log-ids-rie',
    ref: 'LOG-019',
    title: 'END and REPORT of the classic emulator carry the id of the runtime, START another one',
    source: `${FRONT_DOOR}; log in issue 131 of its repository`,
    level: 'optional',
    needs: ['runtime-api', 'platform-log'],
    profile: 'rie',
    fresh: true,
    accepts: [{ start: 'another', end: 'same', report: 'same' }],
    run: async (t) => {
      const { lines, requestId } = await printAndReport(t);
      const idOf = (word: string): string => {
        const id = new RegExp(`^${word} RequestId: (\\S+)`).exec(lines.find((line) => line.startsWith(`${word} `)) ?? '')?.[1] ?? '';
        if (!UUID_PATTERN.test(id)) return 'none';
        return id === requestId ? 'same' : 'another';
      };
      return { start: idOf('START'), end: idOf('END'), report: idOf('REPORT') };
    },
  },
];

/** One invocation in which the function prints; returns when its REPORT line is there. */
async function printAndReport(t: Trial, texts: readonly string[] = []) {
  const { invocation, runtime, event } = await t.accept();
  for (const text of texts) await runtime.print(text);
  await runtime.respond(event.requestId);
  await t.answerOf(invocation);
  const log = await t.instance.log.waitFor((text) => text.includes(`REPORT RequestId: ${event.requestId}`), 'the REPORT line');
  const lines = log.split('\n').filter((line) => line !== '');
  return { lines, requestId: event.requestId, report: lines.findLast((line) => line.startsWith('REPORT ')) ?? '' };
}

async function reportLine(t: Trial): Promise<string | undefined> {
  const log = await t.instance.log.waitFor((text) => REPORT.test(text), 'the REPORT line');
  return REPORT.exec(log)?.[0];
}

async function jsonLog(t: Trial, printed = ''): Promise<string[]> {
  const { invocation, runtime, event } = await t.accept();
  if (printed !== '') await runtime.print(printed);
  await runtime.respond(event.requestId);
  await t.answerOf(invocation);
  const log = await t.instance.log.waitFor((text) => text.includes('platform.report'), 'the report');
  return log.split('\n').filter((line) => line !== '');
}

function numbersOf(report: string): { duration: number; init: number; billed: number } {
  const number = (pattern: RegExp): number => Number(pattern.exec(report)?.[1] ?? 0);
  return { duration: number(/\tDuration: ([\d.]+) ms/), init: number(/\tInit Duration: ([\d.]+) ms/), billed: number(/\tBilled Duration: (\d+) ms/) };
}

function countOf(text: string, character: string): number {
  return text.split(character).length - 1;
}
