/** The emulator's own front door: paths, options, starting and refusing to start. */
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { absent, anyOf, between, milliseconds, present } from '../accept.ts';
import type { ConformanceCase } from '../case.ts';
import type { StartOverrides } from '../kit/command-line.ts';
import { canBind, findFreePort } from '../kit/ports.ts';
import { seenAnswer } from '../kit/seen.ts';
import type { Trial } from '../kit/trial.ts';
import { issue, README, rie } from './sources.ts';

const HTTP = rie('rie/http.go');
const FRONT_DOOR = rie('rie/handlers.go');
const MAIN = 'aws/aws-lambda-runtime-interface-emulator cmd/aws-lambda-rie/main.go';
const RIE = 'aws/aws-lambda-runtime-interface-emulator';

export const FRONT_DOOR_CASES: readonly ConformanceCase[] = [
  {
    id: 'invocations-path',
    ref: 'FD-001',
    title: 'A POST to the invocations path is answered with the bytes of the function',
    source: `${HTTP}; ${README}`,
    level: 'optional',
    needs: ['runtime-api'],
    accepts: [{ status: 200, body: '{"of":"the function"}' }],
    run: async (t) => ({ ...seenAnswer((await t.exchange({ payload: '{}' }, '{"of":"the function"}')).answer) }),
  },
  {
    id: 'invocations-path-get-rie',
    ref: 'FD-002',
    title: 'The classic emulator takes a GET like a POST',
    source: HTTP,
    level: 'optional',
    needs: ['runtime-api'],
    profile: 'rie',
    accepts: [{ status: 200, body: '"got"' }],
    run: async (t) => ({ ...seenAnswer((await t.exchange({ method: 'GET', payload: '' }, '"got"')).answer) }),
  },
  {
    id: 'invocations-path-other-name-rie',
    ref: 'FD-003',
    title: 'The classic emulator knows the function name "function" only',
    source: `${HTTP}; ${issue(RIE, 43)}`,
    level: 'optional',
    needs: ['runtime-api'],
    profile: 'rie',
    accepts: [{ status: 404 }],
    run: async (t) => ({ ...seenAnswer(await (await t.invoke({ functionName: 'other' })).exchange.reply()) }),
  },
  {
    id: 'invocations-path-other-name',
    ref: 'FD-004',
    title: 'Any function name in the path invokes the function',
    source: issue(RIE, 43),
    level: 'optional',
    needs: ['runtime-api'],
    profile: 'aws',
    accepts: [{ status: 200, body: '"other"' }],
    run: async (t) => ({ ...seenAnswer((await t.exchange({ functionName: 'other' }, '"other"')).answer) }),
  },
  {
    id: 'client-context-not-base64',
    ref: 'FD-005',
    title: 'A client context that is no base64 is refused',
    source: `${FRONT_DOOR}; AWS API reference, Invoke`,
    level: 'optional',
    needs: ['runtime-api'],
    accepts: { aws: [{ status: 400 }], rie: [{ status: 500, body: '' }] },
    run: async (t) => ({ ...seenAnswer(await (await t.invoke({ headers: { 'X-Amz-Client-Context': '%%%' } })).exchange.reply()) }),
  },
  {
    id: 'function-error-unmarked-rie',
    ref: 'FD-006',
    title: 'The classic emulator answers a function error with 200, the body, and no mark',
    source: `${FRONT_DOOR}; ${issue(RIE, 20)}`,
    level: 'optional',
    needs: ['runtime-api'],
    profile: 'rie',
    accepts: [{ status: 200, errorType: 'T', functionError: absent }],
    run: async (t) => {
      const { invocation, runtime, event } = await t.accept();
      await runtime.error(event.requestId);
      return { ...seenAnswer(await t.answerOf(invocation)) };
    },
  },
  {
    id: 'timeout-variable',
    ref: 'FD-007',
    title: 'AWS_LAMBDA_FUNCTION_TIMEOUT sets the function timeout',
    source: FRONT_DOOR,
    level: 'optional',
    needs: ['runtime-api'],
    setup: { variables: { AWS_LAMBDA_FUNCTION_TIMEOUT: '1' } },
    accepts: [{ afterMs: milliseconds(950, 1_500) }],
    run: async (t) => {
      await t.exchange();
      const { invocation, event } = await t.accept();
      const answer = await invocation.exchange.reply();
      return { afterMs: Math.round(answer.endAtMs - event.reply.headAtMs) };
    },
  },
  {
    id: 'timeout-variable-no-number',
    ref: 'FD-008',
    title: 'AWS_LAMBDA_FUNCTION_TIMEOUT that is no number is a clear error at the start',
    source: `${FRONT_DOOR} panics at the first request`,
    level: 'optional',
    needs: ['runtime-api'],
    setup: { startedBy: 'case' },
    accepts: [{ code: between(1, 125), said: /AWS_LAMBDA_FUNCTION_TIMEOUT/, hasStack: false }],
    run: (t) => startInVain(t, { environment: { AWS_LAMBDA_FUNCTION_TIMEOUT: 'abc' } }),
  },
  {
    id: 'log-level-flag-before-variable',
    ref: 'FD-009',
    title: 'With a log level in both a flag and a variable, the flag wins',
    source: MAIN,
    level: 'optional',
    needs: ['runtime-api', 'log-level-flag'],
    setup: { startedBy: 'case' },
    accepts: [{ answered: 200, debugLines: 0 }],
    run: async (t) => {
      // The target's option sets the flag to error and the variable to debug.
      const instance = await t.launch({ options: ['log-level-flag'] });
      await instance.ready();
      const { answer } = await t.exchange();
      return { answered: answer.status, debugLines: `${instance.diagnostics.text}${instance.log.text}`.split('\n').filter((line) => /\bDEBUG\b/i.test(line)).length };
    },
  },
  {
    id: 'front-door-address-taken',
    ref: 'FD-010',
    title: 'A front door address that is in use ends the server with a message',
    source: 'a demand of users; the documents are silent about it',
    level: 'optional',
    needs: ['runtime-api'],
    setup: { startedBy: 'case' },
    accepts: [{ code: between(1, 125), said: present }],
    run: async (t) => {
      const server = createServer();
      const port = await new Promise<number>((done) => {
        server.listen({ host: '127.0.0.1', port: 0 }, () => {
          const address = server.address();
          done(typeof address === 'object' && address !== null ? address.port : 0);
        });
      });
      try {
        return await startInVain(t, { values: { 'front-door': `127.0.0.1:${port}` } });
      } finally {
        server.close();
      }
    },
  },
  {
    id: 'front-door-address-variable',
    ref: 'FD-011',
    title: 'The address of the front door can be given by an environment variable',
    source: issue(RIE, 102),
    level: 'optional',
    needs: ['runtime-api', 'address-variable'],
    setup: { startedBy: 'case' },
    accepts: [{ isListening: true }],
    run: async (t) => {
      const port = await findFreePort();
      // The target's option leaves the flag out and sets the variable.
      const instance = await t.launch({ options: ['address-variable'], values: { 'front-door': `127.0.0.1:${port}` } });
      const isListening = await waitUntilTaken(port);
      return { isListening, said: instance.diagnostics.text.slice(-500) };
    },
  },
  {
    id: 'health-path-starts-nothing',
    ref: 'FD-012',
    title: 'The health path answers without initialising or invoking anything',
    source: 'users probe the path / and take 404 as healthy',
    level: 'optional',
    needs: ['runtime-api', 'health-path'],
    fresh: true,
    accepts: [{ status: 200, processes: 0 }],
    run: async (t) => {
      const reply = await t.callFrontDoor({ method: 'GET', path: t.target.healthPath ?? '/' });
      await new Promise((done) => setTimeout(done, 300));
      return { status: reply.status, processes: t.instance.probes.length };
    },
  },
  {
    id: 'address-flag-malformed',
    ref: 'FD-013',
    title: 'A malformed address in a flag ends the server with a message that names the flag',
    source: MAIN,
    level: 'optional',
    needs: ['runtime-api'],
    setup: { startedBy: 'case' },
    accepts: { aws: [{ code: between(1, 125), said: /--?[a-z]/ }], rie: [{ code: between(1, 125), said: present }] },
    run: (t) => startInVain(t, { values: { 'front-door': 'not an address' } }),
  },
  {
    id: 'command-with-handler',
    ref: 'FD-014',
    title: 'A command of several words is run as it stands, and its last word is the handler',
    source: MAIN,
    level: 'optional',
    needs: ['runtime-api'],
    setup: { startedBy: 'case' },
    accepts: [{ argv: ['app.handler'], handler: 'app.handler' }],
    run: async (t) => {
      const folder = mkdtempSync(join(tmpdir(), 'conformance-command-'));
      try {
        const script = join(folder, 'index.mjs');
        writeFileSync(script, `import ${JSON.stringify(pathToFileURL(resolve(import.meta.dirname, '..', 'probe', 'probe.mjs')).href)};\n`);
        const instance = await t.launch({ runtimeCommand: [process.execPath, script, 'app.handler'], unset: ['_HANDLER'] });
        await instance.ready();
        const { runtime } = await t.exchange();
        return { argv: [...runtime.probe.hello.argv], handler: runtime.environment['_HANDLER'] };
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    },
  },
  {
    id: 'cors-preflight',
    ref: 'FD-015',
    title: 'A CORS preflight is answered with what is allowed and invokes nothing',
    source: issue(RIE, 16),
    level: 'optional',
    needs: ['runtime-api', 'cors'],
    setup: { cors: true },
    accepts: [{ status: anyOf(200, 204), origin: present, methods: /POST/, processes: 0 }],
    run: async (t) => {
      const { path } = t.invokeRequest();
      const reply = await t.callFrontDoor({
        method: 'OPTIONS',
        path,
        headers: { Origin: 'http://example.test', 'Access-Control-Request-Method': 'POST', 'Access-Control-Request-Headers': 'content-type' },
      });
      return {
        status: reply.status,
        origin: reply.headers.get('access-control-allow-origin'),
        methods: reply.headers.get('access-control-allow-methods'),
        processes: t.instance.probes.length,
      };
    },
  },
];

/** Starts a server that should not start. */
async function startInVain(t: Trial, overrides: StartOverrides) {
  const instance = await t.launch(overrides);
  const { code, signal } = await instance.waitForExit(8_000);
  const said = `${instance.diagnostics.text}${instance.log.text}`.slice(0, 2_000);
  return { code, signal, said, hasStack: /^\s+at |^goroutine \d+/m.test(said) };
}

async function waitUntilTaken(port: number): Promise<boolean> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    if (!(await canBind(port))) return true;
    await new Promise((done) => setTimeout(done, 50));
  }
  return false;
}
