/** `rik image build`: makes the runtime images that functions run on, or says that they are there already. */

import { cliError } from '../errors.ts';
import { renderTable } from '../output.ts';
import type { RuntimeImage } from '../../images/index.ts';
import { JSON_OPTION } from '../shared-options.ts';
import type { Verb } from '../verb.ts';

export const imageBuild: Verb = {
  name: 'image build',
  summary: 'Build runtime images, unless they are there already',
  description:
    'A reference is a runtime identifier and a base, such as nodejs24.x@debian. `rik image ls` lists the recipes there are. Equal recipes and locks give equal images, bit for bit.',
  arguments: [{ name: 'REF', summary: 'References of the images to build', arity: 'any-number' }],
  options: [
    { flags: '--all', kind: 'switch', summary: 'Build every recipe' },
    { flags: '--rebuild', kind: 'switch', summary: 'Build also what is there already' },
    JSON_OPTION,
  ],
  examples: [
    { says: 'One image', command: 'rik image build nodejs24.x@debian' },
    { says: 'All of them', command: 'rik image build --all' },
  ],
  run: async ({ input, output, environment }) => {
    const named = input.argumentList('REF');
    const isAll = input.isSet('all');
    if (isAll === named.length > 0) throw cliError('cli/usage', 'either references or --all', { hint: '`rik image ls` lists the references' });
    const { buildClients, openImages } = await import('../open-images.ts');
    const store = await openImages({ environment, onProgress: output.progress });
    const known = store.recipes().map((recipe) => recipe.reference);
    const references = isAll ? known : [...new Set(named)];
    const unknown = references.find((reference) => !known.includes(reference));
    if (unknown !== undefined) throw cliError('cli/image-unknown', `there is no recipe for "${unknown}"`, { hint: `one of ${known.join(', ')}` });
    await buildClients(output.progress);
    const images: RuntimeImage[] = [];
    // One after the other: each build uses all processors where it can.
    for (const reference of references) images.push(input.isSet('rebuild') ? await store.build(reference) : await store.ensure(reference));
    output.report({
      json: () => ({ images }),
      people: () => renderTable(['REFERENCE', 'VERSION', 'LANGUAGE', 'DIGEST'], images.map((image) => [image.reference, image.versionName, image.languageVersion, image.imageDigest])),
    });
    return 'OK';
  },
};
