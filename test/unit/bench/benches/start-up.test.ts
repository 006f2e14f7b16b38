import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { measureStartUp } from '../../../../bench/benches/start-up.ts';
import { selectBrokers } from '../../../../bench/contenders.ts';
import { REPOSITORY_FOLDER } from '../../../../bench/repository-folder.ts';
import { prepareTools } from '../../../../bench/tools.ts';

const test = suite('bench/benches/start-up');
const cacheFolder = join(REPOSITORY_FOLDER, 'dist', 'bench');
const tools = await prepareTools({ cacheFolder, searchPath: process.env['PATH'] ?? '' });
const { brokers, values } = await selectBrokers({ tools, only: ['node-http'], added: [], searchPath: '', rieNamed: undefined });
const context = { tools, brokers, values, pipeline: false, pin: undefined, rounds: 2, seconds: 0.05, connections: 1, payloads: [], cacheFolder, onProgress: () => undefined };

test('every broker and the bare interpreter have a time in every round', async () => {
  const [measured] = await measureStartUp(context);
  assert.equal(measured?.notes, []);
  assert.equal(measured?.rows.map(({ name, samples }) => [name, samples.length]), [['node-http', 2], ['bare-node', 2]]);
  assert.ok(measured?.rows.every(({ samples }) => samples.every((sample) => (sample['listenMs'] ?? 0) > 0)));
});

test.run();
