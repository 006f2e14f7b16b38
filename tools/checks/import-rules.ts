/**
 * Which folder may import which: the arrows of the design, as data. A zone is a folder with one responsibility; what is
 * in it may use the rest of it freely unless it is listed with zones of its own.
 */

/** `may`: zones that it may import through their `index.ts`. `foundation` and `runtime-api/protocol` are open to all but leaves. */
export type Zone = { folder: string; may: readonly string[] | 'any index' | 'anything'; isLeaf?: true; hasNoFoundation?: true };

export const ZONES: readonly Zone[] = [
  { folder: 'foundation', may: [], isLeaf: true },
  { folder: 'runtime-api/protocol', may: [], isLeaf: true },
  { folder: 'runtime-api/lifecycle', may: [] },
  { folder: 'runtime-api/routes', may: ['runtime-api/lifecycle', 'runtime-api/http'] },
  { folder: 'runtime-api/http', may: [] },
  { folder: 'runtime-api', may: ['runtime-api/lifecycle', 'runtime-api/routes', 'runtime-api/http'] },
  { folder: 'runtimes', may: [] },
  // Ships to users, bundled into their programs: the wire's constants and nothing else of the platform.
  { folder: 'runtimes/sdk', may: [], hasNoFoundation: true },
  { folder: 'runtimes/sdk/test-kit', may: ['runtimes/sdk'], hasNoFoundation: true },
  { folder: 'layers', may: [] },
  { folder: 'images', may: ['platform/policy'] },
  { folder: 'platform/api', may: [], isLeaf: true },
  { folder: 'platform/policy', may: [] },
  { folder: 'platform/isolation', may: ['platform/policy'] },
  { folder: 'platform/worker', may: ['platform/isolation', 'platform/policy', 'layers', 'runtime-api'] },
  { folder: 'platform/invoke', may: ['platform/worker', 'platform/api', 'runtime-api'] },
  { folder: 'platform/control-plane', may: ['layers', 'platform/api', 'platform/policy'] },
  {
    folder: 'platform',
    may: ['platform/api', 'platform/policy', 'platform/isolation', 'platform/worker', 'platform/invoke', 'platform/control-plane', 'images', 'layers', 'runtime-api'],
  },
  { folder: 'cli', may: 'any index' },
  { folder: 'tools', may: [] },
  { folder: 'examples', may: 'any index' },
  { folder: 'bench', may: 'any index' },
  { folder: 'test/conformance', may: [], isLeaf: true },
  { folder: 'test/support', may: 'any index' },
  { folder: 'test/integration', may: 'any index' },
  { folder: 'test/third-party', may: 'any index' },
  { folder: 'test/contract', may: 'anything' },
  { folder: 'test/fuzz', may: 'anything' },
  { folder: 'test/unit', may: 'any index' },
];

/** Beside the arrows, each with its reason. `from` is a file, or a folder with its slash. */
export const EXCEPTIONS: readonly { from: string; to: readonly string[]; because: string }[] = [
  { from: 'tools/build.ts', to: ['runtime-api/build.ts', 'runtimes/index.ts'], because: 'the build calls the builders; how each part is made is its own knowledge' },
  { from: 'cli/', to: ['runtime-api/build.ts'], because: 'in a clone, the server is bundled when it is needed; an installed package has no builder' },
  { from: 'runtime-api/routes/', to: ['runtime-api/outcome.ts', 'runtime-api/reply.ts', 'runtime-api/session.ts'], because: 'what a route acts on, comes to, and is written with' },
  {
    from: 'runtime-api/routes/',
    to: ['runtime-api/extensions/extension.ts', 'runtime-api/extensions/register-request.ts', 'runtime-api/extensions/registry.ts'],
    because: 'to a call of an extension they are what the session is to a call of the runtime',
  },
  {
    from: 'runtimes/sdk/',
    to: ['runtimes/node/runtime-client.ts', 'runtimes/node/reply-reader.ts'],
    because: 'the SDK speaks through the client of the Node runtime, which itself imports the wire only',
  },
  { from: 'tools/start.ts', to: ['cli/main.ts'], because: 'npm start is a verb of the command line' },
];

/** Within such a folder the parts know each other's files; an arrow is enough. */
const OPEN_INSIDE: readonly string[] = ['runtime-api', 'runtimes'];

export function zoneOf(path: string): Zone | undefined {
  return ZONES.filter(({ folder }) => path.startsWith(`${folder}/`)).sort((left, right) => right.folder.length - left.folder.length)[0];
}

/** Why `from` may not import `to` (both relative to the repository), or undefined when it may. */
export function refuseImport(from: string, to: string): string | undefined {
  const source = zoneOf(from);
  const target = zoneOf(to);
  if (source === undefined) return `${from} is in no known folder`;
  if (source === target || source.may === 'anything') return undefined;
  if (target === undefined) return `${to} is in no known folder`;
  if (isException(from, to)) return undefined;
  if (target.folder === 'foundation') {
    if (source.hasNoFoundation) return `${source.folder} imports runtime-api/protocol and nothing else of the platform`;
    return source.isLeaf && source.folder !== 'platform/api' ? `${source.folder} imports nothing` : undefined;
  }
  if (source.isLeaf) return `${source.folder} imports nothing of the product but foundation`;
  if (target.folder === 'runtime-api/protocol') return undefined;
  if (from.startsWith('test/')) return refuseFromTest(from, to, source, target);
  if (target.folder.startsWith('test/') && !(source.folder === 'cli' && to === 'test/conformance/index.ts')) return 'only tests import tests';
  if (target.folder === 'cli' || target.folder === 'tools') return `nothing imports ${target.folder}`;
  if (source.may !== 'any index' && !source.may.includes(target.folder)) return `there is no arrow from ${source.folder} to ${target.folder}`;
  return isThroughIndex(source, to, target) ? undefined : `${target.folder} is imported through its index.ts only`;
}

function refuseFromTest(from: string, to: string, source: Zone, target: Zone): string | undefined {
  if (target.folder === 'test/support' || to === `${target.folder}/index.ts`) return undefined;
  // A unit test mirrors one source file and may use that file's own folder; `tools` has tests of every kind.
  if (source.folder === 'test/unit' && topFolderOf(from.slice('test/unit/'.length)) === topFolderOf(to)) return undefined;
  if (target.folder === 'tools' && from.startsWith('test/unit/tools/')) return undefined;
  return source.folder === 'test/unit' ? `a unit test imports what it mirrors, test/support and any index.ts` : `${source.folder} imports any index.ts and test/support`;
}

function isThroughIndex(source: Zone, to: string, target: Zone): boolean {
  if (to === `${target.folder}/index.ts`) return true;
  return OPEN_INSIDE.some((top) => topFolderOf(source.folder) === top && topFolderOf(target.folder) === top);
}

function isException(from: string, to: string): boolean {
  return EXCEPTIONS.some((exception) => {
    const isFrom = exception.from.endsWith('/') ? from.startsWith(exception.from) : from === exception.from;
    return isFrom && exception.to.includes(to);
  });
}

function topFolderOf(path: string): string {
  return path.split('/')[0] ?? '';
}
