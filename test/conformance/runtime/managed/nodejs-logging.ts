/** Node.js: what console writes, where and how. */
import { js, N3, N4, NODEJS } from './nodejs-results.ts';
import { managedCases } from './managed-row.ts';
import type { ManagedRow } from './managed-row.ts';

const JSON_LOG = { AWS_LAMBDA_LOG_FORMAT: 'JSON' };
const TIME = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z`;
const LEVELS = 'for (const level of ["trace", "debug", "info", "warn", "error", "fatal"]) console[level]?.("at " + level);';

const ROWS: readonly ManagedRow[] = [
  { ref: 'NODE-099', id: 'nodejs-log-text', title: 'A line of text has time, id, level and message, its line ends as CR', files: js('async () => console.log("a\\nb", { x: 1 })'), logs: new RegExp(`^${TIME}\\tr1\\tINFO\\ta\\rb \\{ x: 1 \\}\\n`, 'm'), accepts: [{ isLogged: true }] },
  { ref: 'NODE-100', id: 'nodejs-log-text-framed', title: 'A framed line keeps its line ends', needs: ['framed-log'], framedLog: true, files: js('async () => { console.log("a\\nb", { x: 1 }); return new Promise((done) => setTimeout(done, 50)); }'), goesOn: true, accepts: [{ frames: [{ type: 'a55a000f', text: new RegExp(`^${TIME}\\tr1\\tINFO\\ta\\nb \\{ x: 1 \\}\\n$`) }] }] },
  { ref: 'NODE-101', id: 'nodejs-log-json-object', title: 'With JSON an object is the message itself', variables: JSON_LOG, files: js('async () => console.log({ k: 1 })'), logs: /"message":\{"k":1\}/, accepts: [{ isLogged: true }] },
  { ref: 'NODE-102', id: 'nodejs-log-json-error', title: 'With JSON an error alone is an object of type, message and stack', variables: JSON_LOG, files: js('async () => console.error(new TypeError("E"))'), logs: /"message":\{"errorType":"TypeError","errorMessage":"E","stackTrace":\[/, accepts: [{ isLogged: true }] },
  { ref: 'NODE-103', id: 'nodejs-log-json-text-and-error', title: 'With JSON an error beside a text adds members', variables: JSON_LOG, files: js('async () => console.error("m", new TypeError("E"))'), logs: /"message":"m[^\n]*"errorType":"TypeError","errorMessage":"E","stackTrace":\[/, accepts: [{ isLogged: true }] },
  { ref: 'NODE-104', id: 'nodejs-log-json-nothing', title: 'With JSON nothing to log has no member message', variables: JSON_LOG, files: js('async () => { console.log(); console.log(undefined); console.log("end"); }'), logs: /"message":"end"/, logsNot: /"message":(?!"end")/, accepts: [{ isLogged: true, isLoggedToo: false }] },
  { ref: 'NODE-105', id: 'nodejs-log-json-level', title: 'With JSON and level INFO debug is suppressed', variables: { ...JSON_LOG, AWS_LAMBDA_LOG_LEVEL: 'INFO' }, files: js(`async () => { ${LEVELS} }`), logs: /at info[\s\S]*at fatal/, logsNot: /at (trace|debug)/, accepts: [{ isLogged: true, isLoggedToo: false }] },
  { ref: 'NODE-106', id: 'nodejs-log-text-level', title: 'With text and level FATAL only fatal lines are written', variables: { AWS_LAMBDA_LOG_LEVEL: 'FATAL' }, files: js(`async () => { ${LEVELS} }`), logs: /at fatal/, logsNot: /at (trace|debug|info|warn|error)/, accepts: [{ isLogged: true, isLoggedToo: false }] },
  { ref: 'NODE-107', id: 'nodejs-log-unknown-settings', title: 'An unknown level and format mean everything, as text', variables: { AWS_LAMBDA_LOG_LEVEL: 'nope', AWS_LAMBDA_LOG_FORMAT: 'xml' }, files: js(`async () => { ${LEVELS} }`), logs: /\tr1\tTRACE\t[\s\S]*at trace[\s\S]*\tFATAL\tat fatal/, accepts: [{ isLogged: true }] },
  {
    ref: 'NODE-108',
    id: 'nodejs-log-json-framed',
    title: 'Framed JSON has no line end, and the level in its type',
    needs: ['framed-log'],
    framedLog: true,
    variables: JSON_LOG,
    files: js('async () => { for (const level of ["debug", "info", "warn", "error", "fatal"]) console[level](level); return new Promise((done) => setTimeout(done, 50)); }'),
    goesOn: true,
    accepts: [{ frames: ['a55a000a', 'a55a000e', 'a55a0012', 'a55a0016', 'a55a001a'].map((type) => ({ type, text: /^\{.*\}$/ })) }],
  },
  { ref: 'NODE-109', id: 'nodejs-log-descriptor-hidden', title: 'The variable of the log descriptor is not in the environment', needs: ['framed-log'], framedLog: true, files: js('async () => "_LAMBDA_TELEMETRY_LOG_FD" in process.env'), accepts: [{ body: 'false' }] },
  { ref: 'NODE-110', id: 'nodejs-log-raw-write', title: 'process.stdout.write is not touched', files: js('async () => { process.stdout.write("raw\\n"); }'), logs: /^raw\n/m, accepts: [{ isLogged: true }] },
  { ref: 'NODE-111', id: 'nodejs-n3-log-before-invocation', title: 'Before the first invocation the id is "undefined"', needs: N3, files: js('async () => 1', 'console.log("loading");'), logs: /\tundefined\tINFO\tloading\n/, accepts: [{ isLogged: true }] },
  { ref: 'NODE-111', id: 'nodejs-n4-log-before-invocation', title: 'Before the first invocation the id is "-"', needs: N4, files: js('async () => 1', 'console.log("loading");'), logs: /\t-\tINFO\tloading\n/, accepts: [{ isLogged: true }] },
];

export const NODEJS_LOGGING_CASES = managedCases(NODEJS, ROWS);
