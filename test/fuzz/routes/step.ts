/**
 * What can be done to an environment from outside, as plain data: any step may follow any other, so a failing sequence can be made
 * shorter by leaving steps out, and can be kept as a file. Only `play.ts` gives steps a meaning.
 */
import fc from 'fast-check';

export type IdChoice = 'current' | 'previous' | 'never' | 'encoded' | 'slash' | 'dots' | 'encodedSlash' | 'badPercent' | 'nul' | 'blank' | 'upper' | 'empty' | 'parameter' | 'question' | 'next';
export type ErrorTypeChoice = 'none' | 'Function.Broken' | 'Runtime.BrokenToo' | 'unhandled' | 'Function.' | 'x Runtime.Inside x';
export type ModeChoice = 'none' | 'streaming' | 'other' | 'empty' | 'twice';
export type RegisterBody = 'none' | 'empty' | 'INVOKE' | 'SHUTDOWN' | 'both' | 'unknownEvent' | 'notJson' | 'list' | 'keys' | 'notTexts';
export type IdentifierChoice = 'own' | 'upper' | 'old' | 'none' | 'malformed' | 'unknown' | 'twice';
export type BadHead = 'twoHosts' | 'noHost' | 'twoLengths' | 'lengthAndCoding' | 'codingAndLength' | 'listOfLengths' | 'signedLength' | 'manyFields' | 'longLine' | 'version2' | 'unknownMethod' | 'unknownExpectation' | 'bareLineFeed' | 'noColon' | 'nulInValue' | 'unknownCoding' | 'oldAndChunked';

export type Call =
  | { kind: 'next' }
  | { kind: 'response'; id: IdChoice; mode: ModeChoice; isTrailing: boolean }
  | { kind: 'error'; id: IdChoice; errorType: ErrorTypeChoice }
  | { kind: 'initError'; errorType: ErrorTypeChoice }
  | { kind: 'register'; who: number; body: RegisterBody; isDoubled: boolean }
  | { kind: 'extensionNext'; who: number; identifier: IdentifierChoice }
  | { kind: 'extensionError'; which: 'init' | 'exit'; who: number; identifier: IdentifierChoice; hasType: boolean }
  /** With a body that is wrong: a right one would open connections that have a time of their own. */
  | { kind: 'subscribe'; api: 'telemetry' | 'logs'; who: number; identifier: IdentifierChoice }
  | { kind: 'ping' }
  | { kind: 'unknownPath'; path: string }
  | { kind: 'wrongMethod'; method: string; path: string }
  | { kind: 'badHead'; head: BadHead };

export type Request = {
  call: Call;
  framing: 'length' | 'chunked' | 'expect';
  bodyBytes: number;
  /** Where the sending stops for now; only of the last request of a step. */
  stop: 'nowhere' | 'inHead' | 'behindHead' | 'inBody' | 'badChunk';
  closes: boolean;
};

export type ProcessName = 'runtime' | 'ext-a' | 'ext-b';

export type Step =
  | { kind: 'send'; connection: number; requests: Request[]; pieces: number }
  /** Sends what an earlier step held back. */
  | { kind: 'continue'; connection: number }
  | { kind: 'leave'; connection: number; how: 'halfClose' | 'abort' | 'reset' }
  | { kind: 'invoke'; isStreaming: boolean }
  | { kind: 'advance'; ms: number }
  | { kind: 'exit'; process: ProcessName; code: number };

export type Sequence = {
  externals: 0 | 1 | 2;
  /** Several invocations at once, and no extensions. */
  isConcurrent?: boolean;
  /** Everybody has registered and waits before the first step. */
  isWarm: boolean;
  /** The invoker of a stream takes every piece late. */
  isInvokerSlow: boolean;
  steps: Step[];
  ending: 'recover' | 'shutDown';
};

export const CONNECTIONS = 4;
/** The first two stand for files in the folder of extensions, where they exist. */
export const EXTENSION_NAMES = ['ext-a', 'ext-b', 'int-c', 'int-d', 'int-e', 'int-f', 'int-g', 'int-h', 'int-i', 'int-j', 'int-k', 'int-l'];

const id: fc.Arbitrary<IdChoice> = fc.oneof(
  { weight: 16, arbitrary: fc.constant('current' as const) },
  { weight: 2, arbitrary: fc.constantFrom('previous' as const, 'never' as const) },
  {
    weight: 2,
    arbitrary: fc.constantFrom<IdChoice>('encoded', 'slash', 'dots', 'encodedSlash', 'badPercent', 'nul', 'blank', 'upper', 'empty', 'parameter', 'question', 'next'),
  },
);
const errorType = fc.constantFrom<ErrorTypeChoice>('none', 'Function.Broken', 'Runtime.BrokenToo', 'unhandled', 'Function.', 'x Runtime.Inside x');
const mode = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom<ModeChoice>('none', 'streaming') },
  { weight: 1, arbitrary: fc.constantFrom<ModeChoice>('other', 'empty', 'twice') },
);
const identifier = fc.oneof(
  { weight: 8, arbitrary: fc.constant<IdentifierChoice>('own') },
  { weight: 1, arbitrary: fc.constantFrom<IdentifierChoice>('upper', 'old', 'none', 'malformed', 'unknown', 'twice') },
);
const who = fc.oneof({ weight: 6, arbitrary: fc.nat(2) }, { weight: 1, arbitrary: fc.nat(EXTENSION_NAMES.length - 1) });
const registerBody = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom<RegisterBody>('none', 'empty', 'INVOKE', 'SHUTDOWN', 'both') },
  { weight: 1, arbitrary: fc.constantFrom<RegisterBody>('unknownEvent', 'notJson', 'list', 'keys', 'notTexts') },
);
const BAD_HEADS: readonly BadHead[] = [
  'twoHosts', 'noHost', 'twoLengths', 'lengthAndCoding', 'codingAndLength', 'listOfLengths', 'signedLength', 'manyFields', 'longLine', 'version2',
  'unknownMethod', 'unknownExpectation', 'bareLineFeed', 'noColon', 'nulInValue', 'unknownCoding', 'oldAndChunked',
];
const UNKNOWN_PATHS = ['/', '/2018-06-01/runtime/invocation/next/', '/2018-06-01/runtime/invocation//response', '//2018-06-01/runtime/invocation/next', '/2018-06-01/RUNTIME/invocation/next', '/2018-06-01/runtime/invocation', '/2018-06-01/runtime/init/error/', '/2020-01-01/extension/../extension/register'];
const WRONG_METHODS: readonly (readonly [string, string])[] = [
  ['POST', '/2018-06-01/runtime/invocation/next'],
  ['GET', '/2018-06-01/runtime/invocation/inv-1/response'],
  ['PUT', '/2018-06-01/runtime/invocation/inv-1/error'],
  ['DELETE', '/2018-06-01/runtime/init/error'],
  ['GET', '/2020-01-01/extension/register'],
  ['POST', '/2020-01-01/extension/event/next'],
  ['PATCH', '/2020-01-01/extension/exit/error'],
];

const call: fc.Arbitrary<Call> = fc.oneof(
  { weight: 14, arbitrary: fc.constant<Call>({ kind: 'next' }) },
  { weight: 10, arbitrary: fc.record<Call & { kind: 'response' }>({ kind: fc.constant('response'), id, mode, isTrailing: fc.nat(7).map((n) => n === 0) }) },
  { weight: 3, arbitrary: fc.record<Call & { kind: 'error' }>({ kind: fc.constant('error'), id, errorType }) },
  { weight: 1, arbitrary: fc.record<Call & { kind: 'initError' }>({ kind: fc.constant('initError'), errorType }) },
  { weight: 4, arbitrary: fc.record<Call & { kind: 'register' }>({ kind: fc.constant('register'), who, body: registerBody, isDoubled: fc.nat(20).map((n) => n === 0) }) },
  { weight: 4, arbitrary: fc.record<Call & { kind: 'extensionNext' }>({ kind: fc.constant('extensionNext'), who, identifier }) },
  {
    weight: 1,
    arbitrary: fc.record<Call & { kind: 'extensionError' }>({ kind: fc.constant('extensionError'), which: fc.constantFrom('init', 'exit'), who, identifier, hasType: fc.nat(5).map((n) => n > 0) }),
  },
  { weight: 1, arbitrary: fc.record<Call & { kind: 'subscribe' }>({ kind: fc.constant('subscribe'), api: fc.constantFrom('telemetry', 'logs'), who, identifier }) },
  { weight: 1, arbitrary: fc.constant<Call>({ kind: 'ping' }) },
  { weight: 1, arbitrary: fc.constantFrom(...UNKNOWN_PATHS).map((path): Call => ({ kind: 'unknownPath', path })) },
  { weight: 1, arbitrary: fc.constantFrom(...WRONG_METHODS).map(([method, path]): Call => ({ kind: 'wrongMethod', method, path })) },
  { weight: 1, arbitrary: fc.constantFrom(...BAD_HEADS).map((head): Call => ({ kind: 'badHead', head })) },
);

const request: fc.Arbitrary<Request> = fc.record({
  call,
  framing: fc.constantFrom<Request['framing']>('length', 'length', 'chunked', 'expect'),
  bodyBytes: fc.oneof(
    { weight: 900, arbitrary: fc.constantFrom(0, 20, 20, 700) },
    { weight: 60, arbitrary: fc.constant(70_000) },
    // One byte above the limit of a response. Rare, because it costs as much as thousands of others.
    { weight: 1, arbitrary: fc.constant(6_291_557) },
  ),
  stop: fc.oneof(
    { weight: 12, arbitrary: fc.constant<Request['stop']>('nowhere') },
    { weight: 3, arbitrary: fc.constantFrom<Request['stop']>('inHead', 'behindHead', 'inBody', 'badChunk') },
  ),
  closes: fc.nat(15).map((n) => n === 0),
});

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 14,
    arbitrary: fc.record<Step & { kind: 'send' }>({
      kind: fc.constant('send'),
      connection: fc.nat(CONNECTIONS - 1),
      requests: fc.oneof({ weight: 5, arbitrary: request.map((one) => [one]) }, { weight: 1, arbitrary: fc.array(request, { minLength: 2, maxLength: 3 }) }),
      pieces: fc.oneof({ weight: 4, arbitrary: fc.constant(1) }, { weight: 1, arbitrary: fc.integer({ min: 2, max: 5 }) }),
    }),
  },
  { weight: 2, arbitrary: fc.record<Step & { kind: 'continue' }>({ kind: fc.constant('continue'), connection: fc.nat(CONNECTIONS - 1) }) },
  {
    weight: 1,
    arbitrary: fc.record<Step & { kind: 'leave' }>({ kind: fc.constant('leave'), connection: fc.nat(CONNECTIONS - 1), how: fc.constantFrom('halfClose', 'abort', 'reset') }),
  },
  { weight: 6, arbitrary: fc.boolean().map((isStreaming): Step => ({ kind: 'invoke', isStreaming })) },
  // Around every limit, and with no sums that meet two limits at once.
  { weight: 1, arbitrary: fc.constantFrom(13, 13, 13, 311, 311, 1_009, 3_011, 10_037).map((ms): Step => ({ kind: 'advance', ms })) },
  { weight: 1, arbitrary: fc.record<Step & { kind: 'exit' }>({ kind: fc.constant('exit'), process: fc.constantFrom('runtime', 'runtime', 'ext-a', 'ext-b'), code: fc.nat(1) }) },
);

export const SEQUENCE: fc.Arbitrary<Sequence> = fc.record({
  externals: fc.constantFrom<Sequence['externals']>(0, 0, 0, 1, 2),
  isConcurrent: fc.nat(3).map((n) => n === 0),
  isWarm: fc.boolean(),
  isInvokerSlow: fc.boolean(),
  steps: fc.array(step, { maxLength: 60, size: 'max' }),
  ending: fc.constantFrom<Sequence['ending']>('recover', 'recover', 'shutDown'),
});
