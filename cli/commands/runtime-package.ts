/** `rik runtime package`: a custom runtime as a zip file, with its function or as a layer. */

import { writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { cliError } from '../errors.ts';
import { renderBytes } from '../output.ts';
import { JSON_OPTION } from '../shared-options.ts';
import type { Verb } from '../verb.ts';

export const runtimePackage: Verb = {
  name: 'runtime package',
  summary: 'Build a custom runtime and pack it into a zip file',
  description:
    'The file is code for `provided.al2023`, or with --layer a layer, which has the runtime without the function. Equal files give equal bytes. runtime.json in the folder says what is built and packed; without it everything is packed.',
  arguments: [{ name: 'DIR', summary: 'Folder of the runtime', arity: 'one' }],
  options: [
    { flags: '--output FILE', kind: 'text', summary: 'The zip file', defaultText: 'name of the folder, .zip' },
    { flags: '--layer', kind: 'switch', summary: 'Without the function' },
    JSON_OPTION,
  ],
  examples: [
    { says: 'Code for a function', command: 'rik runtime package my-runtime --output my-runtime.zip' },
    { says: 'The runtime as a layer', command: 'rik runtime package my-runtime --layer --output my-runtime-layer.zip' },
  ],
  run: async ({ input, output }) => {
    const { buildRuntime, packRuntime, readRuntimeFolder } = await import('../runtime-folder.ts');
    const runtime = readRuntimeFolder(input.argument('DIR'));
    await buildRuntime(runtime, output.progress);
    const form = input.isSet('layer') ? 'layer' : 'code';
    const archive = await packRuntime(runtime, form);
    const file = input.text('output') ?? `${basename(runtime.folder)}.zip`;
    try {
      writeFileSync(file, archive);
    } catch (cause) {
      throw cliError('cli/usage', `${file} cannot be written`, { hint: '--output in a folder that exists', cause });
    }
    output.report({ json: () => ({ file, form, bytes: archive.length }), people: () => [`${file}: ${form}, ${renderBytes(archive.length)}`] });
    return 'OK';
  },
};
