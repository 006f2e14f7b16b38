// A Lambda runtime in plain JavaScript: node:http and nothing else. The handler `function.handler` is the function
// `handler` that ./function.mjs exports.
import { Agent, request } from 'node:http';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const API = `http://${process.env.AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime`;
const TASK_ROOT = process.env.LAMBDA_TASK_ROOT ?? dirname(fileURLToPath(import.meta.url));
// One connection that stays open; no time-out, because the environment may be frozen while `next` waits.
const agent = new Agent({ keepAlive: true, maxSockets: 1 });

function call(method, path, body = '', headers = {}) {
  return new Promise((resolve, reject) => {
    const length = { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) };
    const sent = request(`${API}${path}`, { method, agent, headers: method === 'GET' ? {} : { ...length, ...headers } }, (response) => {
      const pieces = [];
      response.on('data', (piece) => pieces.push(piece));
      response.on('error', reject);
      response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(pieces).toString('utf8') }));
    });
    // A connection that was idle may have been closed meanwhile: once more on a new one.
    sent.on('error', (error) => (sent.reusedSocket && error.code === 'ECONNRESET' ? call(method, path, body, headers).then(resolve, reject) : reject(error)));
    sent.end(body);
  });
}

async function report(path, type, error) {
  const known = error instanceof Error ? error : new Error(String(error));
  console.error(known);
  const body = { errorType: type ?? known.name, errorMessage: known.message, stackTrace: (known.stack ?? '').split('\n') };
  return call('POST', path, JSON.stringify(body), { 'Lambda-Runtime-Function-Error-Type': type ?? `Function.${known.name.replace(/[^A-Za-z]/g, '')}` });
}

async function loadHandler() {
  const [file, name] = (process.env._HANDLER ?? 'function.handler').split('.');
  const module = await import(pathToFileURL(join(TASK_ROOT, `${file}.mjs`)).href);
  if (typeof module[name] !== 'function') throw new Error(`${file}.mjs exports no function ${name}`);
  return module[name];
}

// A 5xx means that the environment is lost; any other refusal concerns one invocation only.
function checkAnswer({ status, body }) {
  if (status >= 500) process.exit(1);
  if (status !== 202) console.error(`the response was refused with ${status}: ${body}`);
}

const handler = await loadHandler().catch(async (error) => {
  await report('/init/error', 'Runtime.ImportModuleError', error);
  process.exit(1);
});

for (;;) {
  const next = await call('GET', '/invocation/next');
  if (next.status !== 200) process.exit(1);
  const requestId = next.headers['lambda-runtime-aws-request-id'];
  const path = `/invocation/${encodeURIComponent(requestId)}`;
  const traceId = next.headers['lambda-runtime-trace-id'];
  if (traceId === undefined) delete process.env._X_AMZN_TRACE_ID;
  else process.env._X_AMZN_TRACE_ID = traceId;
  const context = {
    requestId,
    functionArn: next.headers['lambda-runtime-invoked-function-arn'],
    remainingMs: () => Number(next.headers['lambda-runtime-deadline-ms']) - Date.now(),
  };
  let response;
  try {
    response = JSON.stringify((await handler(JSON.parse(next.body), context)) ?? null);
  } catch (error) {
    checkAnswer(await report(`${path}/error`, undefined, error));
    continue;
  }
  checkAnswer(await call('POST', `${path}/response`, response));
}
