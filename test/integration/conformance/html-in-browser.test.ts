// time-limit-seconds: 120
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { renderHtml, runSuite } from '../../conformance/index.ts';

const FIXTURES = join(import.meta.dirname, '..', '..', 'fixtures', 'conformance');
/** A small phone, in CSS pixels. */
const PHONE = { width: 360, height: 740, deviceScaleFactor: 3, mobile: true };
const TOUCH_PX_MIN = 24;
const START_LIMIT_MS = 60_000;

const test = suite('conformance/html-in-browser');

test('on a phone the page of a failed run fits, reads and opens its exchange', async () => {
  const program = findChromium();
  if (program === undefined) return console.log('skip: chromium is not installed (Debian: chromium)');
  const folder = mkdtempSync(join(tmpdir(), 'conformance-browser-'));
  const browser = spawn(program, ['--headless', '--no-sandbox', '--disable-gpu', '--remote-debugging-port=0', `--user-data-dir=${join(folder, 'profile')}`, 'about:blank'], { stdio: 'ignore' });
  try {
    const page = join(folder, 'report.html');
    writeFileSync(page, renderHtml(await failedRun(folder)));
    const tab = await openTab(join(folder, 'profile', 'DevToolsActivePort'), browser);
    await tab.send('Emulation.setDeviceMetricsOverride', PHONE);
    await tab.send('Page.enable', {});
    const loaded = tab.once('Page.loadEventFired');
    await tab.send('Page.navigate', { url: pathToFileURL(page).href });
    await loaded;
    assert.equal(await tab.evaluate(EXAMINE), { overflows: [], small: [], failures: 1, exchange: true, scripts: 0 });
    tab.close();
  } finally {
    browser.kill('SIGKILL');
    await new Promise((resolve) => (browser.exitCode === null && browser.signalCode === null ? browser.once('exit', resolve) : resolve(undefined)));
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
});

/** What is wider than the screen, what is too small to touch or read, and whether the exchange shows once it is opened. */
const EXAMINE = `(() => {
  for (const details of document.querySelectorAll('details')) details.open = true;
  const wide = [...document.body.querySelectorAll('*')].filter((one) => one.getBoundingClientRect().right > innerWidth + 1);
  const small = [...document.querySelectorAll('summary')].filter((one) => one.getBoundingClientRect().height < ${TOUCH_PX_MIN});
  const tiny = [...document.querySelectorAll('p, dd, td, code, pre')].filter((one) => parseFloat(getComputedStyle(one).fontSize) < 12);
  return {
    overflows: [...(document.documentElement.scrollWidth > innerWidth ? ['page'] : []), ...wide.map((one) => one.tagName)],
    small: [...small, ...tiny].map((one) => one.tagName),
    failures: document.querySelectorAll('article h3 .fail').length,
    exchange: /GET \\/2018-06-01\\/runtime\\/invocation\\/next/.test(document.querySelector('article').innerText),
    scripts: document.scripts.length,
  };
})()`;

/** A real run with one failure in it, whose observed text is long. */
async function failedRun(folder: string): Promise<Parameters<typeof renderHtml>[0]> {
  const target: unknown = JSON.parse(readFileSync(join(FIXTURES, 'tiny-runtime.json'), 'utf8').replaceAll('{here}', FIXTURES));
  assert.ok(typeof target === 'object' && target !== null);
  const path = join(folder, 'target.json');
  writeFileSync(path, JSON.stringify({ ...target, environment: { BROKEN: 'error-without-type' } }));
  const selection = { tags: ['errors'] };
  return runSuite({ examined: { targetName: path }, selection, jobs: 4, tolerance: 10, patienceMs: 500, keepsExchanges: false, againCommand: `rik conformance run --target ${path}` });
}

type Tab = {
  send(method: string, params: Readonly<Record<string, unknown>>): Promise<unknown>;
  once(event: string): Promise<void>;
  evaluate(expression: string): Promise<unknown>;
  close(): void;
};

/** The debugging protocol over the WebSocket that Node has. */
async function openTab(portFile: string, browser: ChildProcess): Promise<Tab> {
  const port = await portOf(portFile, browser);
  const list: unknown = await (await fetch(`http://127.0.0.1:${port}/json/list`)).json();
  assert.ok(Array.isArray(list));
  const url = list.map((entry: unknown) => member(entry, 'webSocketDebuggerUrl')).find((found) => typeof found === 'string');
  assert.type(url, 'string');
  const socket = new WebSocket(String(url));
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve);
    socket.addEventListener('error', reject);
  });
  const waiting = new Map<unknown, (message: unknown) => void>();
  socket.addEventListener('message', ({ data }) => {
    const message: unknown = JSON.parse(String(data));
    const key = member(message, 'id') ?? member(message, 'method');
    waiting.get(key)?.(message);
    waiting.delete(key);
  });
  let count = 0;
  const wait = (key: unknown): Promise<unknown> => new Promise((resolve) => waiting.set(key, resolve));
  const send: Tab['send'] = (method, params) => {
    count += 1;
    const answer = wait(count);
    socket.send(JSON.stringify({ id: count, method, params }));
    return answer;
  };
  return {
    send,
    once: async (event) => void (await wait(event)),
    evaluate: async (expression) => member(member(member(await send('Runtime.evaluate', { expression, returnByValue: true }), 'result'), 'result'), 'value'),
    close: () => socket.close(),
  };
}

async function portOf(path: string, browser: ChildProcess): Promise<string> {
  const endAtMs = Date.now() + START_LIMIT_MS;
  while (Date.now() < endAtMs) {
    assert.is(browser.exitCode, null, 'chromium ended at its start');
    const [port = ''] = existsSync(path) ? readFileSync(path, 'utf8').split('\n') : [];
    if (port !== '') return port;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('chromium says no port');
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? new Map<string, unknown>(Object.entries(value)).get(name) : undefined;
}

function findChromium(): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return ['chromium', 'chromium-browser', 'google-chrome'].flatMap((name) => folders.map((folder) => join(folder, name))).find((path) => existsSync(path));
}

test.run();
