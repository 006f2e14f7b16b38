/** The handler contract of the conformance suite (`FUNCTIONS` of `runtime-case.ts`), written with the SDK; the handler string names the function. */
import { registerExtension, run, stream, typed, type LifeCycleHooks, type Service } from '../../../runtimes/sdk/index.ts';

const FAILURE = 'conformance failure';
const wait = (milliseconds: number | undefined): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds ?? 0));
const fail = (): never => {
  throw new Error(FAILURE);
};
const echo = typed((event) => event);

type Waiting = { waitMs?: number };

const SERVICES: Readonly<Record<string, Service>> = {
  echo,
  fail: typed(fail),
  nothing: typed(() => undefined),
  unserialisable: typed(() => ({ number: 1n })),
  print: typed(({ text }: { text: string }) => void process.stdout.write(text)),
  trace: typed(async ({ waitMs }: Waiting, { traceId }) => {
    await wait(waitMs);
    return { environment: process.env['_X_AMZN_TRACE_ID'] ?? null, context: traceId ?? null };
  }),
  remaining: typed(async (_event, context) => {
    const first = context.getRemainingTimeInMillis();
    await wait(1_000);
    return { first, second: context.getRemainingTimeInMillis() };
  }),
  context: typed((_event, given) => ({
    requestId: given.awsRequestId,
    arn: given.invokedFunctionArn,
    functionName: given.functionName,
    functionVersion: given.functionVersion,
    memoryMiB: Number(given.memoryLimitInMB),
    logGroup: given.logGroupName,
    logStream: given.logStreamName,
  })),
  'client-context': typed((_event, { clientContext }) => ({ custom: clientContext?.custom ?? null })),
  tenant: typed((_event, { tenantId }) => ({ tenantId: tenantId ?? null })),
  'fail-later': typed(async () => {
    setTimeout(fail, 100);
    await wait(1_000);
    return 'waited';
  }),
  'fail-or-wait': typed(async (event: Waiting & { fail?: boolean }) => {
    if (event.fail === true) fail();
    await wait(event.waitMs);
    return event;
  }),
  stream: stream(async function* ({ waitMs }: Waiting) {
    yield 'A';
    await wait(waitMs);
    yield 'B';
  }),
  'stream-fail-late': stream(async (_event, writer) => {
    await writer.write('A');
    fail();
  }),
  'stream-fail-early': stream(fail),
  'stream-http': stream(async (_event, writer) => {
    writer.setHttp({ statusCode: 201, headers: { 'x-conformance': 'yes' }, cookies: ['a=1'] });
    await writer.write('created');
  }),
  'restore-hooks': typed(() => 'restored'),
  'before-snapshot-fails': echo,
  'after-restore-fails': echo,
  'internal-extension': echo,
  'graceful-shutdown': echo,
};

const HOOKS: Readonly<Record<string, LifeCycleHooks>> = {
  'restore-hooks': { beforeSnapshot: () => void process.stdout.write('before-snapshot\n'), afterRestore: () => void process.stdout.write('after-restore\n') },
  'before-snapshot-fails': { beforeSnapshot: fail },
  'after-restore-fails': { afterRestore: fail },
  'internal-extension': {
    async onInit() {
      const extension = await registerExtension({ name: 'conformance-internal', events: ['INVOKE'] });
      const takeEvents = async (): Promise<never> => {
        for (;;) await extension.next({ isIdle: true });
      };
      takeEvents().catch(() => undefined);
    },
  },
  'graceful-shutdown': { onShutdown: () => undefined },
};

const handler = process.env['_HANDLER'] ?? '';
const load = async (): Promise<Service> => {
  if (handler === 'failing-load') fail();
  return SERVICES[handler] ?? fail();
};
await run({ load }, HOOKS[handler] ?? {});
