/** A web server, as a function URL, API Gateway or a load balancer calls it; `node index.mjs` serves it on this machine. */
import { http, run } from 'rik/sdk';

const server = http(async (request, { awsRequestId }) => {
  const { pathname, searchParams } = new URL(request.url);
  if (pathname !== '/hello') return Response.json({ error: `there is no ${pathname}` }, { status: 404 });
  const name = searchParams.get('name') ?? 'world';
  return Response.json({ greeting: `Hello, ${name}!` }, { headers: { 'x-request-id': awsRequestId, 'set-cookie': `name=${encodeURIComponent(name)}` } });
});

await run(server);
