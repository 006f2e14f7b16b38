/** Puts an executable into a folder's `extensions` that runs one of the fixture's scenarios. */
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const FIXTURE = join('test', 'fixtures', 'extensions', 'scenarios.mjs');

export type ExtensionFile = { layersRoot: string; name: string; scenario?: readonly string[] };

export function writeExtension({ layersRoot, name, scenario = ['follow'] }: ExtensionFile): void {
  const words = [process.execPath, fixturePath(), name, ...scenario].map((word) => `'${word}'`);
  writeExtensionProgram({ layersRoot, name, text: `#!/bin/sh\nexec ${words.join(' ')}\n` });
}

export function writeExtensionProgram({ layersRoot, name, text }: { layersRoot: string; name: string; text: string }): void {
  const folder = join(layersRoot, 'extensions');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, name), text);
  chmodSync(join(folder, name), 0o755);
}

/** From the repository's folder, because the test runner bundles its tests elsewhere. */
function fixturePath(): string {
  const fromHere = join(process.cwd(), FIXTURE);
  return existsSync(fromHere) ? fromHere : join(import.meta.dirname, '..', '..', FIXTURE);
}
