/** Runs the programs that building needs, with a small fixed environment, and says what to do when one is missing or fails. */
import { execa } from 'execa';
import { imagesError } from '../errors.ts';

/** Variables that decide where the user's own packages come from and where programs may write; nothing else is passed on. */
const PASSED_ON = ['PATH', 'HOME', 'USER', 'LOGNAME', 'XDG_RUNTIME_DIR', 'XDG_CONFIG_HOME', 'XDG_CACHE_HOME', 'http_proxy', 'https_proxy', 'no_proxy', 'HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE', 'SSL_CERT_DIR', 'APT_CONFIG'];
const PASSED_ON_PREFIX = /^npm_config_/i;
/** System folders that hold user-management programs and are not in every user's PATH. */
const SYSTEM_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

const DEBIAN_PACKAGES: Record<string, string> = { mmdebstrap: 'mmdebstrap', buildah: 'buildah', bwrap: 'bubblewrap', 'dpkg-deb': 'dpkg', setarch: 'util-linux', taskset: 'util-linux', chrt: 'util-linux', unshare: 'util-linux', npm: 'npm' };
const OUTPUT_BYTES_MAX = 64 * 1024 * 1024;

export type ToolRun = {
  tool: string;
  args: string[];
  cwd?: string;
  environment?: Record<string, string>;
  /** Nothing that we start may hang for ever; downloads on slow lines are the longest. */
  timeoutMs?: number;
  /** What the run is for, as a noun phrase for messages: `the packages of python3.11@debian`. */
  purpose: string;
};

/** Standard output of a finished run; throws `images/tool-missing` or `images/tool-failed`. */
export async function runTool(run: ToolRun): Promise<string> {
  const result = await execa(run.tool, run.args, { ...toolOptions(run), reject: false, maxBuffer: OUTPUT_BYTES_MAX, stripFinalNewline: false });
  if (result.failed) throw toolFailure(run, result);
  return result.stdout;
}

/** Standard output as a stream of chunks; the failure is thrown at its end. */
export async function* streamTool(run: ToolRun): AsyncGenerator<Buffer, void> {
  const child = execa(run.tool, run.args, { ...toolOptions(run), reject: false, encoding: 'buffer', buffer: { stdout: false, stderr: true } });
  try {
    for await (const chunk of child.stdout) yield Buffer.from(chunk);
    const result = await child;
    if (result.failed) throw toolFailure(run, { ...result, stderr: Buffer.from(result.stderr).toString('utf8') });
  } finally {
    child.kill('SIGKILL');
  }
}

function toolOptions(run: ToolRun): { cwd: string; env: Record<string, string>; extendEnv: false; stdin: 'ignore'; timeout: number } {
  return { cwd: run.cwd ?? '/', env: { ...toolEnvironment(process.env), ...run.environment }, extendEnv: false, stdin: 'ignore', timeout: run.timeoutMs ?? 15 * 60_000 };
}

export function toolEnvironment(from: NodeJS.ProcessEnv): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(from)) {
    if (value !== undefined && (PASSED_ON.includes(name) || PASSED_ON_PREFIX.test(name))) kept[name] = value;
  }
  return { ...kept, PATH: kept['PATH'] === undefined ? SYSTEM_PATH : `${kept['PATH']}:${SYSTEM_PATH}`, LC_ALL: 'C.UTF-8', TZ: 'UTC' };
}

type Failure = { code?: string | undefined; exitCode?: number | undefined; timedOut: boolean; stderr: string; signal?: string | undefined };

function toolFailure(run: ToolRun, failure: Failure): Error {
  const tool = failure.exitCode === 127 ? (run.args.find((arg) => Object.hasOwn(DEBIAN_PACKAGES, arg)) ?? run.tool) : run.tool;
  // A launcher in front (unshare, setarch) reports a missing program as 127, as shells do.
  if (failure.code === 'ENOENT' || failure.exitCode === 127) {
    return imagesError('images/tool-missing', `${tool} is not installed, it is needed for ${run.purpose}`, { hint: `install the Debian package ${DEBIAN_PACKAGES[tool] ?? tool}` });
  }
  const lastLines = redactHosts(failure.stderr).trim().split('\n').slice(-20);
  const reason = failure.timedOut ? 'it took too long' : (reasonLine(lastLines) ?? `exit status ${failure.exitCode ?? failure.signal ?? 'unknown'}`);
  return imagesError('images/tool-failed', `${tool} failed on ${run.purpose}: ${reason}`, { hint: hintFor(lastLines), detail: { tool, stderr: lastLines.join('\n') } });
}

/** The last line that says what went wrong; programs print their own farewell after it. */
export function reasonLine(lines: string[]): string | undefined {
  const telling = lines.filter((line) => /error|cannot|failed|could not|unable|denied|no such|not found|E:/i.test(line));
  return (telling.find((line) => /Could not resolve|Connection|Temporary failure|ENOTFOUND|ECONN|Unable to locate|No space/i.test(line)) ?? telling.at(-1) ?? lines.at(-1))?.trim().slice(0, 300) || undefined;
}

/** Addresses of mirrors and registries are the machine owner's affair and do not belong in messages. */
export function redactHosts(text: string): string {
  return text.replace(/\b([a-z][a-z0-9+.-]*):\/\/[^/\s'"]+/gi, '$1://…').replace(/\b(?:Could not resolve|resolving|Cannot initiate the connection to|connect to) '?[\w.-]+'?/gi, (match) => match.replace(/'?[\w.-]+'?$/, '…'));
}

function hintFor(lines: string[]): string | undefined {
  const text = lines.join('\n');
  if (/No space left/i.test(text)) return 'free some space on the file system of the state folder';
  if (/resolve|Connection|Temporary failure|ENOTFOUND|ECONN|EAI_AGAIN|network/i.test(text)) return 'the package source cannot be reached: check the network and the sources that apt and npm are configured with';
  if (/subuid|newuidmap|uid_map|user namespace/i.test(text)) return 'an ordinary user needs the Debian package uidmap and a range of identifiers in /etc/subuid and /etc/subgid';
  return undefined;
}
