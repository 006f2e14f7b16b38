import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { measureMemory } from '../../../../bench/benches/memory.ts';
import { selectBrokers } from '../../../../bench/contenders.ts';
import { REPOSITORY_FOLDER } from '../../../../bench/repository-folder.ts';
import { prepareTools } from '../../../../bench/tools.ts';

const test = suite('bench/benches/memory');
const cacheFolder = join(REPOSITORY_FOLDER, 'dist', 'bench');
const tools = await prepareTools({ cacheFolder, searchPath: process.env['PATH'] ?? '' });
const { brokers, values } = await selectBrokers({ tools, only: ['node-http'], added: [], searchPath: '', rieNamed: undefined });
const context = { tools, brokers, values, pipeline: false, pin: undefined, rounds: 1, seconds: 0.05, connections: 1, payloads: [], cacheFolder, onProgress: () => undefined };

test('an idle broker has memory of its own and is one process', async () => {
  const [measured] = await measureMemory(context);
  const [sample] = measured?.rows[0]?.samples ?? [];
  assert.is(sample?.['processes'], 1);
  assert.ok((sample?.['ussMiB'] ?? 0) > 0 && (sample?.['ussMiB'] ?? 0) <= (sample?.['pssMiB'] ?? 0) && (sample?.['pssMiB'] ?? 0) <= (sample?.['rssMiB'] ?? 0));
});

test.run();
