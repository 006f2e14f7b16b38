/**
 * Versions of the programs whose upgrade may change an image's digest. Asking a program costs up to 100 ms, so an
 * answer is remembered for as long as the program's file is the same.
 */
import { stat } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { z } from 'zod';
import { canonicalJson, readJsonIfThere, writeFileAtomically } from '../store/durable-file.ts';
import { runTool, toolEnvironment } from './run-tool.ts';

const VERSIONED = ['buildah', 'mmdebstrap'] as const;
const memoryShape = z.record(z.string(), z.strictObject({ file: z.string(), version: z.string() }));

/** Version by name; a program that is not installed is left out. */
export async function toolVersions(memoryPath: string): Promise<Record<string, string>> {
  const remembered = memoryShape.safeParse(await readJsonIfThere(memoryPath));
  const memory = remembered.success ? remembered.data : {};
  const current: z.infer<typeof memoryShape> = {};
  for (const tool of VERSIONED) {
    const file = await identify(tool);
    if (file === undefined) continue;
    const known = memory[tool];
    current[tool] = known?.file === file ? known : { file, version: await askVersion(tool) };
  }
  if (canonicalJson(current) !== canonicalJson(memory)) await writeFileAtomically(memoryPath, canonicalJson(current));
  return Object.fromEntries(Object.entries(current).map(([tool, { version }]) => [tool, version]));
}

async function askVersion(tool: string): Promise<string> {
  const text = await runTool({ tool, args: ['--version'], purpose: 'asking for its version' });
  return /\d+(?:\.\d+)+/.exec(text)?.[0] ?? text.trim();
}

async function identify(tool: string): Promise<string | undefined> {
  for (const folder of (toolEnvironment(process.env)['PATH'] ?? '').split(delimiter)) {
    if (!folder.startsWith('/')) continue;
    const found = await stat(join(folder, tool)).catch(() => undefined);
    if (found?.isFile() === true) return `${join(folder, tool)} ${found.size} ${Math.floor(found.mtimeMs)}`;
  }
  return undefined;
}
