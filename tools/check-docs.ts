/**
 * `node tools/check-docs.ts [--update]`: documents agree with the code. The pages of errors, verbs and exit codes are
 * what the code generates; the commands that documents show exist; CONTRIBUTING.md gives a reason for each dependency.
 */

import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { readSources } from './check-imports.ts';
import { runAsProgram, type Check } from './checks/check.ts';
import { findUnlistedCodes, loadErrorTables, readIfThere, renderErrorsPage } from './checks/error-tables.ts';
import { findUnknownCommands, type KnownCommands } from './checks/shown-commands.ts';
import { REPOSITORY_ROOT } from './repository.ts';

type Page = { path: string; text: string; update: string };

export const checkDocs: Check = {
  name: 'documents',
  run: async () => {
    const pages = await generatePages();
    const stale = pages.filter(({ path, text }) => readIfThere(join(REPOSITORY_ROOT, path)) !== text);
    const sources = readSources().filter(({ path }) => !path.startsWith('test/'));
    return [
      ...stale.map(({ path, update }) => `${path}: is not what the code says; ${update}`),
      ...findUnlistedCodes(await loadErrorTables(), sources),
      ...(await findUnknown()),
      ...(await findUnexplainedDependencies()),
    ];
  },
};

async function generatePages(): Promise<Page[]> {
  const pages: Page[] = [{ path: 'docs/errors.md', text: renderErrorsPage(await loadErrorTables()), update: 'node tools/check-docs.ts --update' }];
  const generator = await loadCli('docs.ts');
  for (const [name, path] of [['renderCliDocs', 'docs/cli.md'], ['renderExitCodesDocs', 'docs/exit-codes.md']] as const) {
    const render = generator?.[name];
    if (typeof render !== 'function') continue;
    const text: unknown = render();
    pages.push({ path, text: String(text), update: 'node cli/docs.ts' });
  }
  return pages;
}

async function findUnknown(): Promise<string[]> {
  const known = await readKnownCommands();
  const documents = ['README.md', 'CONTRIBUTING.md', 'ARCHITECTURE.md', 'SPECIFICATION.md', ...listPages('docs')];
  return documents.flatMap((path) => findUnknownCommands(path, readIfThere(join(REPOSITORY_ROOT, path)) ?? '', known));
}

async function readKnownCommands(): Promise<KnownCommands> {
  const { scripts } = readPackage();
  const verbs: unknown = (await loadCli('commands/index.ts'))?.['VERBS'];
  const names = Array.isArray(verbs) ? verbs.map((verb: unknown) => (typeof verb === 'object' && verb !== null && 'name' in verb ? String(verb.name) : '')) : undefined;
  return { npmScripts: scripts, verbs: names, exists: (path) => existsSync(join(REPOSITORY_ROOT, path)) };
}

/** Every dependency, from npm and from Debian, has its reason written down (design: "with a written reason beside it"). */
async function findUnexplainedDependencies(): Promise<string[]> {
  const contributing = readIfThere(join(REPOSITORY_ROOT, 'CONTRIBUTING.md')) ?? '';
  const setup: unknown = await import(pathToFileURL(join(REPOSITORY_ROOT, 'tools', 'setup.mjs')).href);
  const rows = Object.entries(setup ?? {}).filter(([name]) => name.startsWith('DEBIAN_PACKAGES')).flatMap(([, table]: [string, unknown]) => (Array.isArray(table) ? table : []));
  const debian = rows.map((row: unknown) => (typeof row === 'object' && row !== null && 'names' in row && Array.isArray(row.names) ? String(row.names[0]) : ''));
  return findUnexplained(contributing, [...readPackage().dependencies, ...debian]);
}

export function findUnexplained(contributing: string, names: readonly string[]): string[] {
  const explained = new Set([...contributing.matchAll(/^\| `([^`]+)`(?:, `([^`]+)`)* \|/gm)].flatMap((match) => [...match[0].matchAll(/`([^`]+)`/g)].map((each) => each[1] ?? '')));
  const missing = names.filter((name) => !explained.has(name)).map((name) => `CONTRIBUTING.md: gives no reason for the dependency ${name}`);
  const gone = [...explained].filter((name) => !names.includes(name)).map((name) => `CONTRIBUTING.md: gives a reason for ${name}, which is no dependency`);
  return [...missing, ...gone];
}

function readPackage(): { scripts: string[]; dependencies: string[] } {
  const parsed: unknown = JSON.parse(readFileSync(join(REPOSITORY_ROOT, 'package.json'), 'utf8'));
  const keys = (section: string): string[] => Object.keys(Object.entries(parsed ?? {}).find(([name]) => name === section)?.[1] ?? {});
  return { scripts: keys('scripts'), dependencies: [...keys('dependencies'), ...keys('optionalDependencies'), ...keys('devDependencies')] };
}

function listPages(folder: string): string[] {
  const path = join(REPOSITORY_ROOT, folder);
  return existsSync(path) ? readdirSync(path).filter((name) => name.endsWith('.md')).map((name) => `${folder}/${name}`) : [];
}

/** The command line is asked, not imported: nothing imports `cli`, and its pages can be generated only by itself. */
async function loadCli(file: string): Promise<Record<string, unknown> | undefined> {
  const path = join(REPOSITORY_ROOT, 'cli', file);
  if (!existsSync(path)) return undefined;
  const loaded: unknown = await import(pathToFileURL(path).href);
  return typeof loaded === 'object' && loaded !== null ? { ...loaded } : undefined;
}

if (import.meta.main) {
  if (process.argv.includes('--update')) writeFileSync(join(REPOSITORY_ROOT, 'docs', 'errors.md'), renderErrorsPage(await loadErrorTables()));
  await runAsProgram(checkDocs);
}
