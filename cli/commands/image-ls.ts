/** `rik image ls`: the recipes there are and the images that were built from them. */

import { renderTable } from '../output.ts';
import { JSON_OPTION } from '../shared-options.ts';
import type { Verb } from '../verb.ts';

export const imageLs: Verb = {
  name: 'image ls',
  summary: 'List the runtime images and the recipes that are not built yet',
  arguments: [],
  options: [JSON_OPTION],
  examples: [{ says: 'What can be built', command: 'rik image ls' }],
  run: async ({ output, environment }) => {
    const { openImages } = await import('../open-images.ts');
    const store = await openImages({ environment, onProgress: output.progress });
    const images = await store.list();
    const built = new Set(images.map((image) => image.reference));
    const notBuilt = store.recipes().map((recipe) => recipe.reference).filter((reference) => !built.has(reference));
    output.report({
      json: () => ({ images, notBuilt }),
      people: () =>
        renderTable(
          ['REFERENCE', 'VERSION', 'LANGUAGE', 'DIGEST'],
          [
            ...images.map((image) => [image.reference, image.versionName, image.languageVersion, image.imageDigest]),
            ...notBuilt.map((reference) => [reference, '-', '-', 'not built']),
          ],
        ),
    });
    return 'OK';
  },
};
