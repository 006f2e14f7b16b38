/**
 * The runtime images for tests that run real functions: those of this machine's own state folder, which the set-up of `npm test` has
 * built. Tests keep everything else in folders of their own.
 */
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { openImageStore, type ImageStore } from '../../images/index.ts';

export const REPOSITORY: string = join(import.meta.dirname, '..', '..');
export const CLIENTS_FOLDER: string = join(REPOSITORY, 'dist', 'runtimes');
export const SERVER_BUNDLE: string = join(REPOSITORY, 'dist', 'rapid', 'rapid.cjs');
export const FIXTURES: string = join(REPOSITORY, 'test', 'fixtures', 'functions');

/** Where `rik` keeps its state when nothing else is said; the rule of the command line, written out. */
export function machineStateFolder(): string {
  const { RIK_HOME, XDG_DATA_HOME } = process.env;
  if (RIK_HOME !== undefined && RIK_HOME !== '') return RIK_HOME;
  if (process.getuid?.() === 0) return '/var/lib/rik';
  return join(XDG_DATA_HOME ?? join(homedir(), '.local', 'share'), 'rik');
}

/** The store, once every image that is asked for is there; or the reason why not. */
export async function machineImages(identifiers: readonly string[]): Promise<{ images: ImageStore } | { images: undefined; reason: string }> {
  if (!existsSync(SERVER_BUNDLE) || !existsSync(CLIENTS_FOLDER)) return { images: undefined, reason: 'rik is not built (npm run build)' };
  try {
    const images = openImageStore({ stateDir: machineStateFolder(), clientsDir: CLIENTS_FOLDER });
    // An image of older clients would test those; looking whether it is up to date takes milliseconds.
    for (const identifier of identifiers) await images.ensure(`${identifier}@debian`);
    return { images };
  } catch (error) {
    return { images: undefined, reason: `the images cannot be had: ${error instanceof Error ? error.message : String(error)}` };
  }
}
