/** `rik runtime new`: the folder of a new custom runtime. */

import { relative, resolve } from 'node:path';
import { JSON_OPTION } from '../shared-options.ts';
import type { Verb } from '../verb.ts';

const LANGUAGES = ['c', 'go', 'javascript', 'lua', 'perl', 'php', 'python', 'ruby', 'rust', 'shell', 'typescript'] as const;

export const runtimeNew: Verb = {
  name: 'runtime new',
  summary: 'Make the folder of a new custom runtime',
  description: 'A complete runtime with a function in it, a build where the language needs one, and a README with the next commands. Nothing is installed.',
  arguments: [{ name: 'DIR', summary: 'The new folder; its name is that of the runtime', arity: 'one' }],
  options: [{ flags: '--language NAME', kind: 'text', summary: 'What it is written in', choices: LANGUAGES, isRequired: true }, JSON_OPTION],
  examples: [
    { says: 'A runtime on the SDK', command: 'rik runtime new my-runtime --language typescript' },
    { says: 'One that needs nothing of its environment', command: 'rik runtime new my-runtime --language go' },
  ],
  run: async ({ input, output }) => {
    const { createStarter } = await import('../../runtimes/index.ts');
    const { folder, files, build } = createStarter({ folder: resolve(input.argument('DIR')), language: input.text('language') ?? '' });
    const place = relative(process.cwd(), folder) || '.';
    output.report({
      json: () => ({ folder, files, build }),
      people: () => [`made ${place}: ${files.join(', ')}`, `next: cd ${place}${build === undefined ? '' : ` && ${build}`} && _HANDLER=function.handler npx rik dev -- ./bootstrap`],
    });
    return 'OK';
  },
};
