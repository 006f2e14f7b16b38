import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { openDriver } from '../../../bench/driver-client.ts';

const test = suite('bench/driver-client');

/** A driver that prints `greeting` and answers every line with `answer`. */
function driver(greeting: string, answer: string): string[] {
  const script = `
    console.log(${JSON.stringify(greeting)});
    require("node:readline").createInterface({ input: process.stdin }).on("line", () => console.log(${JSON.stringify(answer)}));`;
  return [process.execPath, '-e', script];
}

async function failureOf(run: () => Promise<unknown>): Promise<string> {
  try {
    await run();
  } catch (error) {
    return String(error);
  }
  return 'no failure';
}

test('each start is answered with its time', async () => {
  const opened = await openDriver(driver('ready', '{"elapsedMs":12.5}'));
  try {
    assert.is(await opened.start(), 12.5);
    assert.is(await opened.start(), 12.5);
  } finally {
    await opened.close();
  }
});

test('a driver that is not ready says why', async () => {
  assert.match(await failureOf(() => openDriver(driver('no platform here', ''))), /no platform here/);
});

test('a driver that ends at once is reported', async () => {
  assert.match(await failureOf(() => openDriver([process.execPath, '-e', '0'])), /ended/);
});

test('a driver that is no program is reported', async () => {
  assert.match(await failureOf(() => openDriver(['/nonexistent/program'])), /ended/);
});

for (const [title, answer, expected] of [
  ['an error', '{"error":"out of sandboxes"}', /out of sandboxes/],
  ['something else than JSON', 'hm', /answered hm/],
  ['a negative time', '{"elapsedMs":-1}', /answered/],
] as const) {
  test(`a driver that answers with ${title} gives no time`, async () => {
    const opened = await openDriver(driver('ready', answer));
    try {
      assert.match(await failureOf(() => opened.start()), expected);
    } finally {
      await opened.close();
    }
  });
}

test.run();
