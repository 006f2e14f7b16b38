/**
 * `node tools/build-package.ts`: what `npm pack` puts into the package beside `dist/` of a clone. Node runs no TypeScript
 * below node_modules, so the sources go along as JavaScript, file by file and in the same tree; the SDK as bundles,
 * because programs of others are made from it; the types of what is public as declarations.
 */

import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';
import { build, type Plugin } from 'esbuild';
import { buildAll } from './build.ts';
import { listFiles, REPOSITORY_ROOT } from './repository.ts';

/** Folders whose sources the command line needs. */
const MIRRORED = ['cli', 'examples', 'foundation', 'images', 'layers', 'platform', 'runtime-api', 'runtimes', 'test/conformance'] as const;
/** Those are built by `tools/build.ts`, or are for clones. */
const NOT_MIRRORED = /^runtimes\/(node|python|java|sdk)\/|^cli\/rik\.mjs$|\.md$/;
/** What users may import, as `exports` of package.json says. */
const PUBLIC_INDEXES = ['runtimes/sdk/index.ts', 'runtimes/sdk/test-kit/index.ts', 'test/conformance/index.ts'] as const;

/** Removes what an earlier build has left and makes `js`, `sdk` and `types` below `outDir`. */
export async function buildPackage(outDir: string): Promise<void> {
  for (const folder of ['js', 'sdk', 'types']) rmSync(join(outDir, folder), { recursive: true, force: true });
  await Promise.all([mirrorSources(join(outDir, 'js')), bundleSdk(join(outDir, 'sdk')), emitDeclarations(join(outDir, 'types'))]);
}

async function mirrorSources(outdir: string): Promise<void> {
  const files = MIRRORED.flatMap((folder) => listFiles(join(REPOSITORY_ROOT, folder))).filter((file) => !NOT_MIRRORED.test(relative(REPOSITORY_ROOT, file)));
  const isSource = (file: string): boolean => file.endsWith('.ts') && !file.endsWith('.d.ts') && !isProgramOfAnExample(file);
  await build({
    entryPoints: files.filter(isSource),
    outdir,
    outbase: REPOSITORY_ROOT,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    plugins: [keepImports()],
    logLevel: 'silent',
  });
  for (const file of files.filter((each) => !isSource(each))) {
    const target = join(outdir, relative(REPOSITORY_ROOT, file));
    mkdirSync(dirname(target), { recursive: true });
    cpSync(file, target);
  }
}

/** Examples and starters are code of functions, which is built when it is asked for. */
function isProgramOfAnExample(file: string): boolean {
  return /^(examples|runtimes\/starters)\/[^/]+\//.test(relative(REPOSITORY_ROOT, file));
}

/** Every import stays an import; those of our own files get the extension that they have in the package. */
function keepImports(): Plugin {
  return {
    name: 'keep-imports',
    setup(builder) {
      builder.onResolve({ filter: /.*/ }, ({ kind, path }) => (kind === 'entry-point' ? undefined : { path: path.startsWith('.') ? path.replace(/\.ts$/, '.js') : path, external: true }));
    },
  };
}

async function bundleSdk(outdir: string): Promise<void> {
  const sdk = join(REPOSITORY_ROOT, 'runtimes', 'sdk');
  await build({
    entryPoints: { index: join(sdk, 'index.ts'), 'test-kit': join(sdk, 'test-kit', 'index.ts') },
    outdir,
    bundle: true,
    // What both have in common exists once, so that a program that imports both has one of each class.
    splitting: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    legalComments: 'none',
    logLevel: 'silent',
  });
}

async function emitDeclarations(outDir: string): Promise<void> {
  const require = createRequire(import.meta.url);
  const compiler = join(dirname(require.resolve('typescript/package.json')), 'bin', 'tsc');
  mkdirSync(outDir, { recursive: true });
  const project = join(outDir, 'tsconfig.json');
  const files = PUBLIC_INDEXES.map((file) => join(REPOSITORY_ROOT, file));
  const compilerOptions = { noEmit: false, declaration: true, emitDeclarationOnly: true, rootDir: REPOSITORY_ROOT, outDir, typeRoots: [join(REPOSITORY_ROOT, 'node_modules', '@types')] };
  writeFileSync(project, JSON.stringify({ extends: join(REPOSITORY_ROOT, 'tsconfig.json'), compilerOptions, files, include: [] }));
  await promisify(execFile)(process.execPath, [compiler, '--project', project], { cwd: REPOSITORY_ROOT });
  rmSync(project);
  for (const file of listFiles(outDir)) {
    const text = readFileSync(file, 'utf8');
    writeFileSync(file, text.replace(/((?:from|import\() ?['"]\.[^'"]+)\.ts(['"])/g, '$1.js$2'));
  }
}

if (import.meta.main) {
  await buildAll({ onProgress: (line) => console.error(line) });
  await buildPackage(join(REPOSITORY_ROOT, 'dist'));
  console.error('built the package: dist/js, dist/sdk, dist/types');
}
