/** Where the repository is: the bench runs in a clone only, next to the sources that it compiles. */
import { dirname } from 'node:path';

export const REPOSITORY_FOLDER = dirname(import.meta.dirname);
