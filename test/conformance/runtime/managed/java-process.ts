/** Java: logs, hooks of SnapStart, several invocations at once. */
import { handles, IMPORTS, JAVA } from './java-handlers.ts';
import { managedCases } from './managed-row.ts';
import type { ManagedRow } from './managed-row.ts';

const JSON_LOG = { AWS_LAMBDA_LOG_FORMAT: 'JSON' };
const SNAP_START = { AWS_LAMBDA_INITIALIZATION_TYPE: 'snap-start' };
const LEVEL = 'com.amazonaws.services.lambda.runtime.logging.LogLevel.';
const LOGS = `LambdaLogger l = context.getLogger(); l.log("plain\\n"); l.log("lvl", ${LEVEL}WARN);`;
const EVERY_LEVEL = `LambdaLogger l = context.getLogger(); l.log("plain"); l.log("w", ${LEVEL}WARN); l.log("f", ${LEVEL}FATAL); l.log("t", ${LEVEL}TRACE); throw new RuntimeException("x");`;

/** Hooks that print, registered twice; `before` and `after` come first in them. */
function hooks(before = '', after = ''): Record<string, string> {
  return {
    'H.java': `${IMPORTS}import com.amazonaws.services.lambda.crac.Core;\nimport com.amazonaws.services.lambda.crac.Resource;\npublic class H implements RequestHandler<Object, Object> {
  private static final List<Resource> KEPT = new ArrayList<>();
  static { for (int n = 1; n <= 2; n++) { Resource r = new Hook(n); KEPT.add(r); Core.getGlobalContext().register(r); } }
  public Object handleRequest(Object event, Context context) { return "restored"; }
  static final class Hook implements Resource {
    private final int n;
    Hook(int n) { this.n = n; }
    public void beforeCheckpoint(com.amazonaws.services.lambda.crac.Context<? extends Resource> c) throws Exception { ${before} System.out.println("b" + n); }
    public void afterRestore(com.amazonaws.services.lambda.crac.Context<? extends Resource> c) throws Exception { ${after} System.out.println("a" + n); }
  }
}\n`,
  };
}

const ROWS: readonly ManagedRow[] = [
  { ref: 'JAVA-047', id: 'java-log-text', title: 'As text a message is written as it is, with its level in front', files: handles('Object', `${LOGS} return 1;`), logs: /plain\n\[WARN\] lvl(?!\n)/, accepts: [{ body: '1', isLogged: true }] },
  { ref: 'JAVA-048', id: 'java-log-json', title: 'With JSON each message is a record, and those below the level are left out', variables: { ...JSON_LOG, AWS_LAMBDA_LOG_LEVEL: 'INFO' }, files: handles('Object', `${LOGS} l.log("low", ${LEVEL}DEBUG); l.log("raw".getBytes()); return 1;`), logs: /"level":"UNDEFINED"[\s\S]*"level":"WARN"[\s\S]*raw/, logsNot: /low/, accepts: [{ body: '1', isLogged: true, isLoggedToo: false }] },
  { ref: 'JAVA-049', id: 'java-log-format-unknown', title: 'An unknown format ends the start', files: handles('Object', 'return 1;'), variables: { AWS_LAMBDA_LOG_FORMAT: 'xml' }, logs: /Invalid log format: 'xml' expected one of \[JSON, TEXT\]/, accepts: [{ kind: 'init-exit', status: 1, isLogged: true }] },
  { ref: 'JAVA-050', id: 'java-log-level-unknown', title: 'An unknown level ends the start', files: handles('Object', 'return 1;'), variables: { AWS_LAMBDA_LOG_LEVEL: 'nope' }, logs: /Invalid log level: 'nope' expected one of \[TRACE, DEBUG, INFO, WARN, ERROR, FATAL\]/, accepts: [{ kind: 'init-exit', status: 1, isLogged: true }] },
  { ref: 'JAVA-051', id: 'java-log-format-lower-case', title: 'The format may be in lower case', files: handles('Object', 'context.getLogger().log("m"); return 1;'), variables: { AWS_LAMBDA_LOG_FORMAT: 'json' }, logs: /"message":"m"/, accepts: [{ body: '1', isLogged: true }] },
  { ref: 'JAVA-052', id: 'java-log-framed-text', title: 'Framed text has the level in each frame', needs: ['framed-log'], framedLog: true, files: handles('Object', EVERY_LEVEL), goesOn: true, accepts: [{ frames: ['03', '13', '1b', '07', '03'].map((byte) => ({ type: `a55a00${byte}` })) }] },
  { ref: 'JAVA-053', id: 'java-log-framed-json', title: 'Framed JSON has the level in each frame and ends its lines', needs: ['framed-log'], framedLog: true, variables: JSON_LOG, files: handles('Object', EVERY_LEVEL), goesOn: true, accepts: [{ frames: ['02', '12', '1a', '06', '16'].map((byte) => ({ type: `a55a00${byte}`, text: /\n$/ })) }] },
  { ref: 'JAVA-054', id: 'java-log-framed-filtered', title: 'The level filters messages that have one', needs: ['framed-log'], framedLog: true, variables: { AWS_LAMBDA_LOG_LEVEL: 'WARN' }, files: handles('Object', EVERY_LEVEL), goesOn: true, accepts: [{ frames: ['03', '13', '1b', '03'].map((byte) => ({ type: `a55a00${byte}` })) }] },
  { ref: 'JAVA-055', id: 'java-restore-hooks-order', title: 'Resources are called before the snapshot last first, after the restore first first', needs: ['restore-api'], variables: SNAP_START, restores: true, files: hooks(), logs: /b2\nb1\na1\na2\n/, accepts: [{ body: '"restored"', isLogged: true }] },
  { ref: 'JAVA-056', id: 'java-before-checkpoint-throws', title: 'A resource that throws before the snapshot ends the process with 64', needs: ['restore-api'], variables: SNAP_START, restores: true, files: hooks('if (n > 0) throw new IllegalStateException("b");'), accepts: [{ kind: 'init', header: 'Runtime.BeforeCheckpointError', errorType: 'com.amazonaws.services.lambda.crac.CheckpointException', status: 64 }] },
  { ref: 'JAVA-057', id: 'java-after-restore-throws', title: 'A resource that throws after the restore ends the process with 64', needs: ['restore-api'], variables: SNAP_START, restores: true, files: hooks('', 'if (n > 0) throw new IllegalStateException("a");'), accepts: [{ kind: 'restore-error', header: 'Runtime.AfterRestoreError', errorType: 'com.amazonaws.services.lambda.crac.RestoreException', status: 64 }] },
  { ref: 'JAVA-058', id: 'java-concurrent-threads', title: 'With a maximum of two the start says so', level: 'optional', needs: ['multi-concurrency'], variables: { AWS_LAMBDA_MAX_CONCURRENCY: '2' }, files: handles('Object', 'return 1;'), logs: /Starting 2 concurrent function handler threads\./, accepts: [{ body: '1', isLogged: true }] },
  { ref: 'JAVA-059', id: 'java-concurrency-malformed', title: 'A maximum that is no number ends the start', needs: ['multi-concurrency'], variables: { AWS_LAMBDA_MAX_CONCURRENCY: 'zz' }, files: handles('Object', 'return 1;'), logs: /User configured AWS_LAMBDA_MAX_CONCURRENCY is invalid\./, accepts: [{ kind: 'init-exit', status: 1, isLogged: true }] },
];

export const JAVA_PROCESS_CASES = managedCases(JAVA, ROWS);
