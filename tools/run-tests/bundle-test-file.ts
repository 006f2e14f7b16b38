/**
 * Bundles one test file with the sources it imports; packages stay outside. Bundling gives each file a process of its
 * own that starts from one script, and a syntax error anywhere below the test shows before anything ran.
 *
 * Sources find repository files by `import.meta`, which a bundle would point at itself. Each module that uses it is
 * therefore transformed first, on the syntax tree and not on the text, so that it sees a constant with its own place.
 */

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, extname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build, transform, type Loader, type Plugin } from 'esbuild';

const META_NAME = 'importMetaOfThisModule';
const GUARD_PATH = join(import.meta.dirname, 'uvu-guard.ts');
const LOADERS: Readonly<Record<string, Loader>> = { '.ts': 'ts', '.mts': 'ts', '.js': 'js', '.mjs': 'js' };

/** Writes the bundle into `outFolder` and returns its path. Fails with esbuild's messages when a source does not parse. */
export async function bundleTestFile(options: { testFile: string; outFolder: string }): Promise<string> {
  const outFile = join(options.outFolder, `${basename(options.testFile, extname(options.testFile))}.mjs`);
  await build({
    entryPoints: [options.testFile],
    outfile: outFile,
    bundle: true,
    packages: 'external',
    platform: 'node',
    target: 'node24',
    format: 'esm',
    sourcemap: 'linked',
    sourcesContent: false,
    logLevel: 'silent',
    plugins: [keepImportMeta(options.testFile), guardUvu()],
  });
  return outFile;
}

function keepImportMeta(testFile: string): Plugin {
  return {
    name: 'keep-import-meta',
    setup(builder) {
      builder.onLoad({ filter: /\.(ts|mts|js|mjs)$/ }, async ({ path }) => {
        const source = readFileSync(path, 'utf8');
        if (!source.includes('import.meta')) return undefined;
        const loader = LOADERS[extname(path)] ?? 'js';
        const transformed = await transform(source, {
          loader,
          define: { 'import.meta': META_NAME },
          format: 'esm',
          target: 'node24',
          sourcemap: 'inline',
          sourcefile: path,
        });
        return { contents: `${describeMeta(path, path === testFile)}${transformed.code}`, loader: 'js' };
      });
    },
  };
}

/** One line, so that the source map of what follows stays off by nothing but a column in line one. */
function describeMeta(path: string, isMain: boolean): string {
  const url = JSON.stringify(pathToFileURL(path).href);
  const fields = `url: ${url}, dirname: ${JSON.stringify(dirname(path))}, filename: ${JSON.stringify(path)}, main: ${isMain}`;
  // The real `resolve` of the bundle answers for packages, which it finds through the same node_modules.
  return `const ${META_NAME} = { ${fields}, resolve: (name) => name.startsWith('.') ? new URL(name, ${url}).href : import.meta.resolve(name) };`;
}

function guardUvu(): Plugin {
  return {
    name: 'guard-uvu',
    setup(builder) {
      builder.onResolve({ filter: /^uvu$/ }, ({ importer }) => (importer === GUARD_PATH ? { path: 'uvu', external: true } : { path: GUARD_PATH }));
    },
  };
}

/** The folder that bundles reach their packages through. */
export function findNodeModules(): string {
  return join(dirname(createRequire(import.meta.url).resolve('esbuild/package.json')), '..');
}
