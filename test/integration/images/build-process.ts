/** A building process of its own, so that a test can kill it: `build-process.ts STATE CLIENTS REFERENCE`. Progress goes to stdout. */
import { openImageStore } from '../../../images/index.ts';

const [stateDir = '', clientsDir = '', reference = ''] = process.argv.slice(2);
const store = openImageStore({ stateDir, clientsDir, onProgress: (line) => process.stdout.write(`${line}\n`) });
await store.ensure(reference);
