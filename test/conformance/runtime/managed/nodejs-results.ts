/** Node.js: what handlers return and throw. */
import { containing } from '../../accept.ts';
import { NODE_CLIENT } from '../cases/sources.ts';
import { managedCases } from './managed-row.ts';
import type { Family, ManagedRow } from './managed-row.ts';

export const NODEJS: Family = { language: 'nodejs', handler: 'index.handler', source: `${NODE_CLIENT}, published 3.3.0 (N3) and 4.0.2 (N4), run against a recording server` };
export const N3 = ['nodejs-n3'] as const;
export const N4 = ['nodejs-n4'] as const;

/** A CommonJS file whose handler is this expression. */
export function js(handler: string, before = ''): Record<string, string> {
  return { 'index.js': `${before}\nexports.handler = ${handler};\n` };
}

const ROWS: readonly ManagedRow[] = [
  { ref: 'NODE-001', id: 'nodejs-object-returned', title: 'An object is the response, as JSON', files: js('async () => ({ a: 1 })'), goesOn: true, accepts: [{ kind: 'response', body: '{"a":1}', contentType: 'application/json', after: 'next' }] },
  { ref: 'NODE-002', id: 'nodejs-undefined-returned', title: 'Undefined gives null', files: js('async () => {}'), accepts: [{ kind: 'response', body: 'null' }] },
  {
    ref: 'NODE-003',
    id: 'nodejs-odd-values-returned',
    title: 'Odd values become what JSON.stringify makes of them',
    files: js('async () => ({ a: NaN, b: Infinity, u: undefined, d: new Date(0), m: new Map([[1, 2]]), f() {}, big: [undefined] })'),
    accepts: [{ body: '{"a":null,"b":null,"d":"1970-01-01T00:00:00.000Z","m":{},"big":[null]}' }],
  },
  { ref: 'NODE-004', id: 'nodejs-n3-unserialisable', title: 'What cannot be serialised is an Error, and the loop goes on', needs: N3, files: js('async () => 10n'), goesOn: true, logs: /Invoke Error/, accepts: [{ kind: 'error', errorType: 'Error', errorMessage: 'Unable to stringify response body', isLogged: true, after: 'next' }] },
  { ref: 'NODE-005', id: 'nodejs-n4-unserialisable', title: 'What cannot be serialised is a Runtime.JSONStringifyError', needs: N4, files: js('async () => { const c = {}; c.c = c; return c; }'), goesOn: true, accepts: [{ kind: 'error', errorType: 'Runtime.JSONStringifyError', errorMessage: 'Unable to stringify response body', after: 'next' }] },
  { ref: 'NODE-006', id: 'nodejs-function-returned', title: 'A function as the result is a TypeError', level: 'optional', files: js('async () => () => {}'), accepts: [{ kind: 'error', errorType: 'TypeError', errorMessage: 'Wrong arguments' }] },
  { ref: 'NODE-007', id: 'nodejs-buffer-returned', title: 'A Buffer is written as JSON writes it', files: js('async () => Buffer.from("hi")'), accepts: [{ body: '{"type":"Buffer","data":[104,105]}' }] },
  { ref: 'NODE-008', id: 'nodejs-tojson-returned', title: 'toJSON is honoured', files: js('async () => ({ toJSON: () => 7 })'), accepts: [{ body: '7' }] },
  { ref: 'NODE-009', id: 'nodejs-n3-sync-return', title: 'What a synchronous handler returns is ignored', needs: N3, files: js('() => ({ a: 1 })'), accepts: [{ kind: 'response', body: 'null' }] },
  { ref: 'NODE-010', id: 'nodejs-n4-sync-return', title: 'What a synchronous handler returns is the response', needs: N4, files: js('() => ({ a: 1 })'), accepts: [{ kind: 'response', body: '{"a":1}' }] },
  { ref: 'NODE-011', id: 'nodejs-thenable-returned', title: 'A thenable is awaited', files: js('() => ({ then: (done) => done(5) })'), accepts: [{ body: '5' }] },
  { ref: 'NODE-012', id: 'nodejs-n3-callback-result', title: 'The result of the callback is the response', needs: N3, files: js('(e, c, callback) => callback(null, { a: 1 })'), accepts: [{ body: '{"a":1}' }] },
  { ref: 'NODE-013', id: 'nodejs-n3-callback-text-error', title: 'A text as the error of the callback is reported as such', needs: N3, files: js('(e, c, callback) => callback("e")'), accepts: [{ kind: 'error', body: '{"errorType":"string","errorMessage":"e","trace":[]}' }] },
  { ref: 'NODE-014', id: 'nodejs-n3-callback-nothing', title: 'A callback without arguments gives null', needs: N3, files: js('(e, c, callback) => callback()'), accepts: [{ kind: 'response', body: 'null' }] },
  {
    ref: 'NODE-015',
    id: 'nodejs-n3-callback-twice',
    title: 'Of two calls of the callback the first counts',
    needs: N3,
    files: js('(e, c, callback) => { callback(null, 1); callback(null, 2); }'),
    events: ['{}', '{}'],
    accepts: [{ kinds: ['response', 'response'], bodies: ['1', '1'] }],
  },
  {
    ref: 'NODE-016',
    id: 'nodejs-n3-callback-waits-for-loop',
    title: 'The response of a callback waits for the event loop',
    needs: N3,
    files: js('(e, c, callback) => { const before = globalThis.fired ?? 0; setTimeout(() => (globalThis.fired = 1), 300); callback(null, before); }'),
    events: ['{}', '{}'],
    accepts: [{ bodies: ['0', '1'] }],
  },
  {
    ref: 'NODE-017',
    id: 'nodejs-n3-callback-at-once',
    title: 'With callbackWaitsForEmptyEventLoop=false the response does not wait',
    needs: N3,
    files: js('(e, c, callback) => { c.callbackWaitsForEmptyEventLoop = false; const at = Date.now(); setTimeout(() => console.log("timer fired after", Date.now() - at), 60000).unref?.(); callback(null, 1); }'),
    logsNot: /timer fired/,
    accepts: [{ body: '1', isLoggedToo: false }],
  },
  { ref: 'NODE-018', id: 'nodejs-n3-context-done', title: 'context.done and context.succeed end the invocation', needs: N3, files: js('(e, c) => (e.done ? c.done(null, { d: 1 }) : c.succeed("s"))'), events: ['{"done":true}', '{}'], accepts: [{ bodies: ['{"d":1}', '"s"'] }] },
  {
    ref: 'NODE-019',
    id: 'nodejs-n3-context-fail',
    title: 'context.fail ends the invocation with its error, or with a text when there is none',
    needs: N3,
    files: js('(e, c) => (e.error ? c.fail(new Error("f")) : c.fail())'),
    events: ['{}', '{"error":true}'],
    accepts: [{ kinds: ['error', 'error'], bodies: ['{"errorType":"string","errorMessage":"handled","trace":[]}', containing('"errorType":"Error","errorMessage":"f"')] }],
  },
  { ref: 'NODE-020', id: 'nodejs-n3-never-calls-back', title: 'A synchronous handler that never calls back gives null when the loop is empty', needs: N3, files: js('() => { setTimeout(() => console.log("timer fired"), 100); }'), logs: /timer fired/, accepts: [{ kind: 'response', body: 'null', isLogged: true }] },
  {
    ref: 'NODE-021',
    id: 'nodejs-n3-never-settles-3-3-0',
    title: 'A promise that never settles gives null (3.3.0; later on the line: an error)',
    level: 'observed',
    needs: N3,
    files: js('async () => new Promise(() => {})'),
    accepts: [],
  },
  { ref: 'NODE-022', id: 'nodejs-n3-never-settles', title: 'A promise that never settles is a Runtime.NodeJsExit, and the loop goes on', needs: N3, files: js('async () => new Promise(() => {})'), goesOn: true, accepts: [{ kind: 'error', errorType: 'Runtime.NodeJsExit', errorMessage: containing('detected an unexpected Node.js exit code'), after: 'next' }] },
  { ref: 'NODE-023', id: 'nodejs-n4-never-settles', title: 'A promise that never settles ends the process with 0', needs: N4, files: js('async () => new Promise(() => {})'), accepts: [{ kind: 'exit', status: 0, posts: 0 }] },
  { ref: 'NODE-024', id: 'nodejs-n3-callback-and-promise', title: 'Of callback and promise the first counts', needs: N3, files: js('async (e, c, callback) => { callback(null, 1); return 2; }'), events: ['{}', '{}'], accepts: [{ bodies: ['1', '1'] }] },
  {
    ref: 'NODE-025',
    id: 'nodejs-n4-three-parameters',
    title: 'A handler with three parameters is refused',
    needs: N4,
    files: js('async (e, c, callback) => 1'),
    accepts: [{ kind: 'init', errorType: 'Runtime.CallbackHandlerDeprecated', errorMessage: containing('AWS Lambda has removed support for callback-based function handlers starting with Node.js 24.'), status: 1 }],
  },
  { ref: 'NODE-026', id: 'nodejs-n4-rest-parameters', title: 'Rest parameters see event and context', needs: N4, files: js('(...a) => a.length'), accepts: [{ body: '2' }] },
  { ref: 'NODE-027', id: 'nodejs-n4-default-parameter', title: 'A third parameter with a default is none', needs: N4, files: js('async (e, c, x = 1) => x'), accepts: [{ body: '1' }] },
  { ref: 'NODE-028', id: 'nodejs-n3-callback-warning', title: 'A callback handler is warned about once', needs: N3, files: js('(e, c, callback) => callback(null, 1)'), logs: /WARN[^\n]*AWS Lambda plans to remove support for callback-based function handlers starting with Node\.js 24\. You will need to update/, logsNot: /plans to remove support[\s\S]*plans to remove support/, accepts: [{ body: '1', isLogged: true, isLoggedToo: false }] },
  { ref: 'NODE-029', id: 'nodejs-n3-callback-warning-off', title: 'With the variable set to nothing there is no warning', needs: N3, files: js('(e, c, callback) => callback(null, 1)'), variables: { AWS_LAMBDA_NODEJS_DISABLE_CALLBACK_WARNING: '' }, logsNot: /plans to remove support/, accepts: [{ body: '1', isLoggedToo: false }] },
  {
    ref: 'NODE-030',
    id: 'nodejs-error-members',
    title: 'Type, message and trace are posted; code and own members are logged only',
    files: js('async () => { throw Object.assign(new TypeError("bad", { cause: new Error("why") }), { code: "E1", extra: { q: 1 } }); }'),
    logs: /Invoke Error[^\n]*"code":"E1"[^\n]*"extra":\{"q":1\}/,
    accepts: [{ kind: 'error', errorType: 'TypeError', errorMessage: 'bad', top: 'TypeError: bad', isLogged: true, body: /^(?!.*why)/s }],
  },
  { ref: 'NODE-031', id: 'nodejs-error-subclass', title: 'A subclass that sets no name is reported as Error', files: js('async () => { throw new (class MyErr extends Error {})("m"); }'), accepts: [{ errorType: 'Error', errorMessage: 'm' }] },
  { ref: 'NODE-032', id: 'nodejs-error-named', title: 'An error’s name is its type', files: js('async () => { const e = new Error("m"); e.name = "Zed"; throw e; }'), accepts: [{ errorType: 'Zed', top: /^(Zed|Error): m$/ }] },
  { ref: 'NODE-033', id: 'nodejs-text-thrown', title: 'A thrown text is reported with an empty trace', files: js('async () => { throw "s"; }'), accepts: [{ kind: 'error', body: '{"errorType":"string","errorMessage":"s","trace":[]}' }] },
  { ref: 'NODE-034', id: 'nodejs-object-thrown', title: 'A thrown object is reported as its text', files: js('async () => { throw { a: 1 }; }'), accepts: [{ kind: 'error', body: '{"errorType":"object","errorMessage":"[object Object]","trace":[]}' }] },
  { ref: 'NODE-035', id: 'nodejs-n3-nothing-thrown', title: 'Thrown undefined and null are reported as handled', needs: N3, files: js('async (e) => { throw e.isNull ? null : undefined; }'), events: ['{}', '{"isNull":true}'], accepts: [{ bodies: ['{"errorType":"string","errorMessage":"handled","trace":[]}', '{"errorType":"string","errorMessage":"handled","trace":[]}'] }] },
  {
    ref: 'NODE-036',
    id: 'nodejs-n4-nothing-thrown',
    title: 'Thrown undefined and null are reported under their types',
    needs: N4,
    files: js('async (e) => { throw e.isNull ? null : undefined; }'),
    events: ['{}', '{"isNull":true}'],
    accepts: [{ bodies: ['{"errorType":"undefined","errorMessage":"undefined","trace":[]}', '{"errorType":"object","errorMessage":"null","trace":[]}'] }],
  },
  { ref: 'NODE-037', id: 'nodejs-error-delete-character', title: 'U+007F in a message is posted as %7F', files: js('async () => { throw new Error("a\\u007fb"); }'), accepts: [{ errorMessage: 'a%7Fb', top: 'Error: a%7Fb' }] },
  { ref: 'NODE-038', id: 'nodejs-aggregate-error', title: 'The members of an AggregateError are not listed', files: js('async () => { throw new AggregateError([new Error("one")], "all"); }'), accepts: [{ errorType: 'AggregateError', errorMessage: 'all', body: /^(?!.*"one")/s }] },
  { ref: 'NODE-039', id: 'nodejs-n3-sync-throw', title: 'What a synchronous handler throws is reported', needs: N3, files: js('() => { throw new Error("x"); }'), accepts: [{ kind: 'error', errorType: 'Error', errorMessage: 'x' }] },
  { ref: 'NODE-040', id: 'nodejs-n3-unhandled-rejection', title: 'An unhandled rejection fails the invocation and ends the process with 128', needs: N3, files: js('async () => { Promise.reject(new Error("ur")); await new Promise((done) => setTimeout(done, 2000)); }'), ends: true, logs: /Unhandled Promise Rejection/, accepts: [{ kind: 'error', errorType: 'Runtime.UnhandledPromiseRejection', errorMessage: 'Error: ur', status: 128, isLogged: true }] },
  { ref: 'NODE-041', id: 'nodejs-n4-unhandled-rejection', title: 'An unhandled rejection ends the process with 1 and nothing is posted', needs: N4, files: js('async () => { Promise.reject(new Error("ur")); await new Promise((done) => setTimeout(done, 2000)); }'), logs: /Error: ur/, accepts: [{ kind: 'exit', status: 1, posts: 0, isLogged: true }] },
  { ref: 'NODE-042', id: 'nodejs-n3-timer-throws', title: 'An exception outside the handler fails the invocation and ends the process with 129', needs: N3, files: js('async () => { setTimeout(() => { throw new Error("uc"); }, 10); await new Promise((done) => setTimeout(done, 2000)); }'), ends: true, logs: /Uncaught Exception/, accepts: [{ kind: 'error', errorType: 'Error', errorMessage: 'uc', status: 129, isLogged: true }] },
  { ref: 'NODE-043', id: 'nodejs-n4-timer-throws', title: 'An exception outside the handler ends the process with 1 and nothing is posted', needs: N4, files: js('async () => { setTimeout(() => { throw new Error("uc"); }, 10); await new Promise((done) => setTimeout(done, 2000)); }'), logs: /Error: uc/, accepts: [{ kind: 'exit', status: 1, posts: 0, isLogged: true }] },
  { ref: 'NODE-044', id: 'nodejs-process-exit', title: 'process.exit in a handler ends the process with that status', files: js('async () => process.exit(3)'), accepts: [{ kind: 'exit', status: 3, posts: 0 }] },
  { ref: 'NODE-045', id: 'nodejs-n3-event-malformed', title: 'An event that is no JSON fails its invocation only', needs: N3, files: js('async () => 1'), events: ['{bad', '{}'], accepts: [{ kinds: ['error', 'response'], errorType: 'SyntaxError' }] },
  { ref: 'NODE-046', id: 'nodejs-n4-event-malformed', title: 'An event that is no JSON ends the process', needs: N4, files: js('async () => 1'), events: ['{bad'], accepts: [{ kind: 'exit', status: 1, posts: 0 }] },
  { ref: 'NODE-047', id: 'nodejs-n3-client-context-malformed', title: 'A client context that is no JSON fails its invocation only', needs: N3, files: js('async () => 1'), events: ['{}', '{}'], headersOf: [{ 'Lambda-Runtime-Client-Context': '{bad' }], accepts: [{ kinds: ['error', 'response'], errorType: 'Error', errorMessage: containing('Cannot parse ClientContext as json: SyntaxError: ') }] },
  { ref: 'NODE-048', id: 'nodejs-n4-client-context-malformed', title: 'A client context that is no JSON ends the process', needs: N4, files: js('async () => 1'), headers: { 'Lambda-Runtime-Client-Context': '{bad' }, logs: /Failed to parse lambda-runtime-client-context as JSON: /, accepts: [{ kind: 'exit', status: 1, posts: 0, isLogged: true }] },
  { ref: 'NODE-049', id: 'nodejs-next-fails', title: 'A next that fails ends the process: with 129 and a report (N3), with 1 (N4)', files: js('async () => 1'), nextFails: true, accepts: [{ kind: 'exit', status: 129, posts: 1 }, { kind: 'exit', status: 1, posts: 0 }] },
  { ref: 'NODE-113', id: 'nodejs-trace-variable', title: 'The trace variable is set, and gone when there is no header', files: js('async () => [process.env._X_AMZN_TRACE_ID ?? "none", "_X_AMZN_TRACE_ID" in process.env]'), events: ['{}', '{}'], headersOf: [{ 'Lambda-Runtime-Trace-Id': 'Root=1-a' }, { 'Lambda-Runtime-Trace-Id': undefined }], accepts: [{ bodies: ['["Root=1-a",true]', '["none",false]'] }] },
  {
    ref: 'NODE-114',
    id: 'nodejs-context-headers',
    title: 'Client context, identity and tenant are in the context',
    files: js('async (e, c) => [c.clientContext, c.identity, c.tenantId]'),
    headers: { 'Lambda-Runtime-Client-Context': '{"custom":{"a":1}}', 'Lambda-Runtime-Cognito-Identity': '{"cognitoIdentityId":"i","cognitoIdentityPoolId":"p"}', 'Lambda-Runtime-Aws-Tenant-Id': 'T' },
    accepts: [{ body: '[{"custom":{"a":1}},{"cognitoIdentityId":"i","cognitoIdentityPoolId":"p"},"T"]' }],
  },
  { ref: 'NODE-115', id: 'nodejs-background-timer', title: 'A timer that outlives its invocation logs with the id of that', files: js('async () => { setTimeout(() => console.log("late"), 100); return 1; }'), logs: /\tr1\tINFO\tlate\n/, accepts: [{ body: '1', isLogged: true }] },
  { ref: 'NODE-116', id: 'nodejs-wrapper-missing', title: 'A wrapper that is not there ends the start with 127', needs: ['exec-wrapper'], files: js('async () => 1'), variables: { AWS_LAMBDA_EXEC_WRAPPER: '{task-root}/nowhere' }, logs: /nowhere: does not exist/, accepts: [{ kind: 'init-exit', status: 127, isLogged: true }] },
  { ref: 'NODE-117', id: 'nodejs-wrapper-not-executable', title: 'A wrapper that is not executable ends the start with 126', needs: ['exec-wrapper'], files: { ...js('async () => 1'), wrapper: 'x' }, variables: { AWS_LAMBDA_EXEC_WRAPPER: '{task-root}/wrapper' }, logs: /wrapper: is not an executable/, accepts: [{ kind: 'init-exit', status: 126, isLogged: true }] },
];

export const NODEJS_RESULT_CASES = managedCases(NODEJS, ROWS);
