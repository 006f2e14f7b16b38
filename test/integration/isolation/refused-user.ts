/** Run as an ordinary user: opens the backend without saying that limits may be best-effort. */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openNamespaceBackend } from '../../../platform/isolation/index.ts';

const backend = openNamespaceBackend({ stateDir: join(tmpdir(), 'refused') });
const [problem] = (await backend.probe()).problems;
console.log(problem?.code, problem?.message, problem?.hint);
await backend.close();
