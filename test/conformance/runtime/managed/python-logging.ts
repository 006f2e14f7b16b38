/** Python: logs, hooks of SnapStart, preview versions. */
import { managedCases } from './managed-row.ts';
import type { ManagedRow } from './managed-row.ts';
import { py, PYTHON } from './python-handlers.ts';

const JSON_LOG = { AWS_LAMBDA_LOG_FORMAT: 'JSON' };
const SNAP_START = { AWS_LAMBDA_INITIALIZATION_TYPE: 'snap-start' };
const LOGGING = 'import logging\nlogger = logging.getLogger("my")';
const EVERY_LEVEL = 'for level in (10, 20, 30, 40, 50):\n    logger.log(level, "at %d", level)\ncontext.log("direct")';
const HOOKS = 'from snapshot_restore_py import register_before_snapshot, register_after_restore\n';
const RETURNS = '\ndef handler(event, context):\n    return "restored"\n';

const ROWS: readonly ManagedRow[] = [
  { ref: 'PY-045', id: 'python-log-default', title: 'By default WARNING and above are written, with time and id', files: py('logger.info("i")\nlogger.warning("w\\nx")\nlogger.error("e")\nlogger.critical("c")', LOGGING), logs: /^\[WARNING\]\t\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\tr1\tw\nx\n\[ERROR\]\t.*\tr1\te\n\[CRITICAL\]\t.*\tr1\tc\n/m, logsNot: /\[INFO\]/, accepts: [{ isLogged: true, isLoggedToo: false }] },
  { ref: 'PY-046', id: 'python-log-level-variable', title: 'The variable sets the level of the root logger', variables: { AWS_LAMBDA_LOG_LEVEL: 'info' }, files: py('logger.info("i")\nreturn logging.getLogger().level', LOGGING), logs: /^\[INFO\]\t.*\tr1\ti\n/m, accepts: [{ body: '20', isLogged: true }] },
  { ref: 'PY-047', id: 'python-log-json-extra', title: 'With JSON extra members follow id and tenant', variables: JSON_LOG, headers: { 'Lambda-Runtime-Aws-Tenant-Id': 'T' }, files: py('logger.warning("m", extra={"k": 1})', LOGGING), logs: /"message": "m", "logger": "my", "requestId": "r1", "tenantId": "T", "k": 1\}\n/, accepts: [{ isLogged: true }] },
  { ref: 'PY-048', id: 'python-log-json-exception', title: 'With JSON an exception has stack, type, message and place', variables: JSON_LOG, files: py('try:\n    1 / 0\nexcept ZeroDivisionError:\n    logger.exception("m")', LOGGING), logs: /"stackTrace": \[.*"errorType": "ZeroDivisionError", "errorMessage": "division by zero".*"location": ".*app\.py:handler:\d+"/, accepts: [{ isLogged: true }] },
  { ref: 'PY-049', id: 'python-log-json-unhandled', title: 'With JSON an unhandled error is a record with log_level', variables: JSON_LOG, files: py('raise ValueError("v")'), logs: /"log_level": "ERROR", "errorMessage": "v", "errorType": "ValueError"/, accepts: [{ kind: 'error', isLogged: true }] },
  { ref: 'PY-050', id: 'python-log-text-unhandled', title: 'As text an unhandled error is one line, with CR and no-break spaces', files: py('raise ValueError("v")'), logs: /^\[ERROR\] ValueError: v\rTraceback \(most recent call last\):\r\u00a0\u00a0File [^\n]*\n/m, accepts: [{ kind: 'error', isLogged: true }] },
  { ref: 'PY-051', id: 'python-log-framed-plain', title: 'Framed without a level: plain frames, and an ERROR frame for an unhandled error', needs: ['framed-log'], framedLog: true, files: py('logger.warning("w")\nlogger.error("e")\nraise ValueError("v")', LOGGING), goesOn: true, accepts: [{ frames: [{ type: 'a55a0003' }, { type: 'a55a0003' }, { type: 'a55a0017', text: /^\[ERROR\] ValueError: v\n/ }] }] },
  { ref: 'PY-052', id: 'python-log-framed-levels', title: 'Framed with a level each frame has its own, and context.log none', needs: ['framed-log'], framedLog: true, variables: { AWS_LAMBDA_LOG_LEVEL: 'DEBUG' }, files: py(EVERY_LEVEL, LOGGING), goesOn: true, accepts: [{ frames: ['0b', '0f', '13', '17', '1b', '03'].map((byte) => ({ type: `a55a00${byte}` })) }] },
  { ref: 'PY-053', id: 'python-log-framed-json', title: 'Framed JSON has the level in each frame, and context.log none', needs: ['framed-log'], framedLog: true, variables: { ...JSON_LOG, AWS_LAMBDA_LOG_LEVEL: 'DEBUG' }, files: py(EVERY_LEVEL, LOGGING), goesOn: true, accepts: [{ frames: ['0a', '0e', '12', '16', '1a', '03'].map((byte) => ({ type: `a55a00${byte}` })) }] },
  { ref: 'PY-054', id: 'python-log-level-unknown', title: 'An unknown level leaves WARNING and switches the level bits on', needs: ['framed-log'], framedLog: true, variables: { AWS_LAMBDA_LOG_LEVEL: 'nope' }, files: py('logger.info("i")\nlogger.warning("w")', LOGGING), goesOn: true, accepts: [{ frames: [{ type: 'a55a0013' }] }] },
  { ref: 'PY-055', id: 'python-print-with-frames', title: 'print goes to standard output also when logs are framed', needs: ['framed-log'], framedLog: true, files: py('print("p\\nq")'), logs: /^p\nq\n/m, accepts: [{ isLogged: true, frames: [] }] },
  {
    ref: 'PY-056',
    id: 'python-restore-hooks-order',
    title: 'Hooks run before the snapshot last first, after the restore first first',
    needs: ['restore-api'],
    variables: SNAP_START,
    restores: true,
    files: { 'app.py': `${HOOKS}for n in (1, 2):\n    register_before_snapshot(print, "b%d" % n)\n    register_after_restore(print, "a%d" % n)\n${RETURNS}` },
    logs: /b2\nb1\na1\na2\n/,
    accepts: [{ body: '"restored"', isLogged: true }],
  },
  { ref: 'PY-057', id: 'python-before-snapshot-fails', title: 'A hook before the snapshot that fails ends the process with 64', needs: ['restore-api'], variables: SNAP_START, restores: true, files: { 'app.py': `${HOOKS}register_before_snapshot(lambda: 1 / 0)\n${RETURNS}` }, accepts: [{ kind: 'init', header: 'Runtime.BeforeSnapshotError', errorType: 'ZeroDivisionError', status: 64 }] },
  { ref: 'PY-058', id: 'python-after-restore-fails', title: 'A hook after the restore that fails ends the process with 65', needs: ['restore-api'], variables: SNAP_START, restores: true, files: { 'app.py': `${HOOKS}register_after_restore(lambda: 1 / 0)\n${RETURNS}` }, accepts: [{ kind: 'restore-error', header: 'Runtime.AfterRestoreError', status: 65 }] },
  { ref: 'PY-059', id: 'python-hooks-on-demand', title: 'Without SnapStart hooks do not run', needs: ['restore-api'], files: { 'app.py': `${HOOKS}register_before_snapshot(print, "ran")\nregister_after_restore(print, "ran")\n${RETURNS}` }, logsNot: /ran/, accepts: [{ body: '"restored"', isLoggedToo: false }] },
  { ref: 'PY-060', id: 'python-preview-warning', title: 'A preview version is warned about', level: 'optional', variables: { AWS_EXECUTION_ENV: 'AWS_Lambda_python3.15' }, files: py('return 1'), logs: /LAMBDA_WARNING: This is a preview runtime version and should not be used for production workloads\./, accepts: [{ body: '1', isLogged: true }] },
];

export const PYTHON_LOGGING_CASES = managedCases(PYTHON, ROWS);
