/** Pages in a browser that invoke through the front door. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { invokeRequest, withEmulator } from '../../support/emulated.ts';
import type { EmulatedOptions } from '../../support/emulated.ts';
import { RawPeer } from '../../support/raw-peer.ts';

const test = suite('integration/runtime-api/front-door-cors');

const CORS: EmulatedOptions['cors'] = { allowOrigins: ['http://page.test'], allowMethods: ['*'], allowHeaders: ['*'], exposeHeaders: ['X-Amz-Function-Error'], allowCredentials: false, maxAgeSeconds: undefined };
const PREFLIGHT = 'OPTIONS /2015-03-31/functions/f/invocations HTTP/1.1\r\nHost: a\r\nOrigin: http://page.test\r\nAccess-Control-Request-Method: POST\r\nAccess-Control-Request-Headers: x-amz-log-type\r\n\r\n';
const ORIGIN = { Origin: 'http://page.test' };

for (const profile of ['aws', 'rie'] as const) {
  test(`a preflight is told what is allowed, and starts nothing (${profile})`, async () => {
    await withEmulator({ profile, cors: CORS }, async (emulated) => {
      const path = profile === 'rie' ? PREFLIGHT.replace('functions/f/', 'functions/function/') : PREFLIGHT;
      const reply = await emulated.send(path);
      assert.is(reply?.status, 204);
      assert.is(reply?.headers.get('access-control-allow-origin'), 'http://page.test');
      assert.is(reply?.headers.get('access-control-allow-methods'), 'POST');
      assert.is(reply?.headers.get('access-control-allow-headers'), 'x-amz-log-type');
      assert.is(emulated.starts(), 0);
    });
  });
}

test('answers, refusals and streams may be read by the page, and by no other', async () => {
  await withEmulator({ cors: CORS }, async (emulated) => {
    assert.is((await emulated.invoke('1', ORIGIN)).headers.get('access-control-allow-origin'), 'http://page.test');
    assert.is((await emulated.invoke('1', ORIGIN)).headers.get('access-control-expose-headers'), 'X-Amz-Function-Error');
    const refused = await emulated.invoke('no json', ORIGIN);
    assert.equal([refused.status, refused.headers.get('access-control-allow-origin')], [400, 'http://page.test']);
    assert.is((await emulated.invoke('1', { Origin: 'http://other.test' })).headers.has('access-control-allow-origin'), false);
    const peer = await RawPeer.connect(emulated.port);
    peer.send(invokeRequest('1', ORIGIN, '/2021-11-15/functions/f/response-streaming-invocations'));
    assert.is((await peer.answer({ toHead: true }))?.headers.get('access-control-allow-origin'), 'http://page.test');
    peer.destroy();
  });
});

test('without rules a preflight is refused as any other method', async () => {
  await withEmulator({}, async (emulated) => {
    const reply = await emulated.send(PREFLIGHT);
    assert.is(reply?.status, 405);
    assert.is(reply?.headers.has('access-control-allow-origin'), false);
    assert.is((await emulated.invoke('1', ORIGIN)).headers.has('access-control-allow-origin'), false);
  });
});

test.run();
