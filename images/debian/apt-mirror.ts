/**
 * Finds the Debian mirror that this machine's apt is configured with, so that a machine behind a mirror of its own
 * needs no second setting. Nothing of the address ever reaches an image: packages are unpacked, apt's files are not kept.
 * Formats: sources.list(5), one-line and deb822.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

export type Mirrors = { main: string; security: string };

/** Debian's own names, used where apt is not configured for Debian (another distribution, no sources). */
export const DEFAULT_MIRRORS: Mirrors = { main: 'http://deb.debian.org/debian', security: 'http://deb.debian.org/debian-security' };

const DEBIAN_SUITES = ['bullseye', 'bookworm', 'trixie', 'forky', 'sid', 'oldoldstable', 'oldstable', 'stable', 'testing', 'unstable'];

type Source = { uri: string; suite: string };

export async function configuredMirrors(aptFolder = '/etc/apt'): Promise<Mirrors> {
  const parts = join(aptFolder, 'sources.list.d');
  const names = (await readdir(parts).catch(() => [])).sort();
  const files = [join(aptFolder, 'sources.list'), ...names.map((name) => join(parts, name))];
  const sources: Source[] = [];
  for (const file of files) {
    if (!file.endsWith('.list') && !file.endsWith('.sources')) continue;
    const text = await readFile(file, 'utf8').catch(() => '');
    sources.push(...(file.endsWith('.sources') ? parseDeb822Sources(text) : parseSourcesList(text)));
  }
  return chooseMirrors(sources);
}

/** Pure part: the first source of a Debian suite, and of its security suite. */
export function chooseMirrors(sources: Source[]): Mirrors {
  const usable = sources.filter(({ uri }) => /^(https?|file|mirror\+file):\/?\/?[^\s\]]+$/.test(uri));
  const main = usable.find(({ suite }) => DEBIAN_SUITES.includes(suite));
  const security = usable.find(({ suite }) => DEBIAN_SUITES.some((name) => suite === `${name}-security` || suite === `${name}/updates`));
  return { main: main?.uri ?? DEFAULT_MIRRORS.main, security: security?.uri ?? DEFAULT_MIRRORS.security };
}

export function parseSourcesList(text: string): Source[] {
  return text.split('\n').flatMap((line) => {
    const match = /^\s*deb\s+(?:\[[^\]]*\]\s+)?(\S+)\s+(\S+)/.exec(line);
    return match?.[1] === undefined || match[2] === undefined ? [] : [{ uri: match[1], suite: match[2] }];
  });
}

export function parseDeb822Sources(text: string): Source[] {
  const withoutComments = text.split('\n').filter((line) => !line.startsWith('#')).join('\n');
  return withoutComments.split(/\n[ \t]*\n/).flatMap((paragraph) => {
    const fields = new Map<string, string>();
    for (const match of paragraph.matchAll(/^([A-Za-z-]+):((?:.*)(?:\n[ \t]+.*)*)/gm)) fields.set((match[1] ?? '').toLowerCase(), (match[2] ?? '').trim());
    const words = (name: string): string[] => (fields.get(name) ?? '').split(/\s+/).filter((word) => word !== '');
    if (!words('types').includes('deb') || fields.get('enabled')?.toLowerCase() === 'no') return [];
    return words('uris').flatMap((uri) => words('suites').map((suite) => ({ uri, suite })));
  });
}
