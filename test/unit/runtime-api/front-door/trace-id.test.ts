import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { freshTraceId } from '../../../../runtime-api/front-door/trace-id.ts';

const test = suite('runtime-api/front-door/trace-id');

test('a trace has the time in its root, and no two are alike', () => {
  const ids = new Set(Array.from({ length: 5_000 }, () => freshTraceId(0x5bef4de7 * 1000 + 999)));
  assert.is(ids.size, 5_000);
  for (const id of ids) assert.match(id, /^Root=1-5bef4de7-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=0$/);
});

test('a time before 2038 still has eight digits', () => assert.match(freshTraceId(1_000), /^Root=1-00000001-/));

test.run();
