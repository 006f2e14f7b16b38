/** Extensions API: asking for events, being part of an invocation, and reporting errors. */
import { between, containing } from '../accept.ts';
import type { ConformanceCase } from '../case.ts';
import { at, numberAt, textAt } from '../json.ts';
import { sleep } from '../kit/now.ts';
import type { ExtensionEvent } from '../kit/runtime-client.ts';
import { seenAnswer, seenReply, UUID_PATTERN } from '../kit/seen.ts';
import type { Trial } from '../kit/trial.ts';
import { asExtension, BOTH_EVENTS, followEvents, keepExtension, ONE_EXTENSION } from './extension-support.ts';
import { EXTENSIONS_API, LIFECYCLE, QUOTAS, rie } from './sources.ts';

const NEXT_HANDLER = rie('rapi/handler/agentnext.go');
const STATES = rie('core/externalagent_states.go');
const INIT_ERROR = rie('rapi/handler/agentiniterror.go');
const EXIT_ERROR = rie('rapi/handler/agentexiterror.go');
const NEVER_ISSUED = '11111111-2222-4333-8444-555555555555';
const EVENT_PATH = '/2020-01-01/extension/event/next';

export const EXTENSION_EVENT_CASES: readonly ConformanceCase[] = [
  {
    id: 'event-next-without-identifier',
    ref: 'EXT-020',
    title: 'Asking for an event without an identifier is refused',
    source: NEXT_HANDLER,
    level: 'optional',
    needs: ['runtime-api', 'extensions'],
    accepts: [{ status: 403, errorType: 'Extension.MissingExtensionIdentifier', errorMessage: 'Missing Lambda-Extension-Identifier header' }],
    run: (t) => askAs(t, {}),
  },
  {
    id: 'event-next-identifier-malformed',
    ref: 'EXT-021',
    title: 'Asking for an event with an identifier that is no UUID is refused',
    source: NEXT_HANDLER,
    level: 'optional',
    needs: ['runtime-api', 'extensions'],
    accepts: [{ status: 403, errorType: 'Extension.InvalidExtensionIdentifier', errorMessage: 'Invalid Lambda-Extension-Identifier' }],
    run: (t) => askAs(t, { 'Lambda-Extension-Identifier': 'abc' }),
  },
  {
    id: 'event-next-identifier-unknown',
    ref: 'EXT-022',
    title: 'Asking for an event with an identifier that was never given is refused',
    source: NEXT_HANDLER,
    level: 'optional',
    needs: ['runtime-api', 'extensions'],
    accepts: [{ status: 403, errorType: 'Extension.UnknownExtensionIdentifier', errorMessage: 'Unknown extension <id>' }],
    run: (t) => askAs(t, { 'Lambda-Extension-Identifier': NEVER_ISSUED }),
  },
  {
    id: 'invoke-event-members',
    ref: 'EXT-023',
    title: 'The INVOKE event has the id, the ARN and the deadline that the runtime has',
    source: `${EXTENSIONS_API}, Next; ${NEXT_HANDLER}`,
    level: 'required',
    needs: ['runtime-api', 'extensions'],
    setup: ONE_EXTENSION,
    accepts: [{ status: 200, type: 'INVOKE', isSameId: true, isSameArn: true, isSameDeadline: true }],
    run: async (t) => {
      const { event, seen } = await oneInvocation(t);
      return {
        status: seen.status,
        type: seen.type,
        isSameId: textAt(seen.json, 'requestId') === event.requestId,
        isSameArn: textAt(seen.json, 'invokedFunctionArn') === event.header('Lambda-Runtime-Invoked-Function-Arn'),
        isSameDeadline: String(numberAt(seen.json, 'deadlineMs')) === event.header('Lambda-Runtime-Deadline-Ms'),
        event: seen.json,
      };
    },
  },
  {
    id: 'invoke-event-headers',
    ref: 'EXT-024',
    title: 'Every event has an identifier of its own and is JSON',
    source: `${EXTENSIONS_API}, Next; ${NEXT_HANDLER}`,
    level: 'required',
    needs: ['runtime-api', 'extensions'],
    dependsOn: ['invoke-event-members'],
    setup: ONE_EXTENSION,
    accepts: [{ first: UUID_PATTERN, second: UUID_PATTERN, areDifferent: true, contentType: /^application\/json\b/ }],
    run: async (t) => {
      const events: ExtensionEvent[] = [];
      keepExtension(t, 'a', BOTH_EVENTS, (event) => void events.push(event));
      await t.exchange();
      await t.exchange();
      const [first, second] = events.map(({ reply }) => reply.headers.get('lambda-extension-event-identifier'));
      return { first, second, areDifferent: first !== second, contentType: events[0]?.reply.headers.get('content-type') };
    },
  },
  {
    id: 'invoke-event-tracing-no-payload',
    ref: 'EXT-025',
    title: 'The INVOKE event has tracing and not the payload',
    source: `${EXTENSIONS_API}, Next; aws/aws-lambda-runtime-interface-emulator issue 109`,
    level: 'required',
    needs: ['runtime-api', 'extensions'],
    profile: 'aws',
    dependsOn: ['invoke-event-members'],
    setup: ONE_EXTENSION,
    accepts: [{ hasPayload: false, tracing: { type: 'X-Amzn-Trace-Id', value: containing('Root=1-') } }],
    run: async (t) => {
      const { seen } = await oneInvocation(t, '{"secret":"payload-marker"}');
      return { hasPayload: seen.reply.text.includes('payload-marker'), tracing: at(seen.json, 'tracing') };
    },
  },
  {
    id: 'invoke-subscriber-delays-completion',
    ref: 'EXT-026',
    title: 'An invocation is complete when every subscriber has asked for its next event, and that time is reported',
    source: `${LIFECYCLE}, Invoke phase; ${rie('rapid/handlers.go')}`,
    level: 'required',
    needs: ['runtime-api', 'extensions', 'platform-log'],
    setup: ONE_EXTENSION,
    accepts: [{ secondDeliveredAfterMs: between(900, 2_500), reportedMs: between(900, 2_500) }],
    run: async (t) => {
      let count = 0;
      keepExtension(t, 'a', BOTH_EVENTS, async () => {
        count += 1;
        if (count === 1) await sleep(1_000);
      });
      const first = await t.accept();
      const posted = await first.runtime.respond(first.event.requestId);
      const next = await first.runtime.startNext();
      await t.answerOf(first.invocation);
      await t.invoke();
      const second = await next.reply();
      const log = await t.instance.log.waitFor((text) => /^REPORT /m.test(text), 'the REPORT line');
      return { secondDeliveredAfterMs: Math.round(second.headAtMs - posted.endAtMs), reportedMs: Number(/\tDuration: ([\d.]+) ms/.exec(log)?.[1]) };
    },
  },
  {
    id: 'non-subscriber-holds-nothing-up',
    ref: 'EXT-027',
    title: 'An extension without INVOKE that never asks again holds nothing up',
    source: `${EXTENSIONS_API}; ${rie('core/registrations.go')}`,
    level: 'required',
    needs: ['runtime-api', 'extensions'],
    setup: ONE_EXTENSION,
    accepts: [{ statuses: [200, 200, 200] }],
    run: async (t) => {
      t.everyExtension('a', async (process) => {
        const extension = await t.registerExternal('a', ['SHUTDOWN'], process);
        await extension.startNext();
      });
      const statuses = [];
      for (let index = 0; index < 3; index += 1) statuses.push((await t.exchange()).answer.status);
      return { statuses };
    },
  },
  {
    id: 'event-next-twice-at-once',
    ref: 'EXT-028',
    title: 'A second call for an event while one is waiting is refused',
    source: STATES,
    level: 'optional',
    needs: ['runtime-api', 'extensions'],
    setup: ONE_EXTENSION,
    accepts: [{ status: 403, errorType: 'Extension.InvalidExtensionState', errorMessage: 'State transition from Ready to Ready failed for extension <id>. Error: State transition is not allowed' }],
    run: (t) =>
      asExtension(t, async (extension) => {
        const waiting = await extension.startNext();
        await waiting.isPendingAfter(50);
        return { ...seenReply(await extension.runtime.request({ method: 'GET', path: EVENT_PATH, headers: { 'Lambda-Extension-Identifier': extension.identifier } })) };
      }, ['SHUTDOWN']),
  },
  {
    id: 'event-next-never-repeats',
    ref: 'EXT-029',
    title: 'Asking again right after an event waits for the next one',
    source: STATES,
    level: 'optional',
    needs: ['runtime-api', 'extensions'],
    dependsOn: ['invoke-event-members'],
    setup: ONE_EXTENSION,
    accepts: [{ wasPending: true }],
    run: async (t) => {
      const wasPending = Promise.withResolvers<boolean>();
      t.everyExtension('a', async (process) => {
        const extension = await t.registerExternal('a', BOTH_EVENTS, process);
        await extension.next();
        wasPending.resolve(await (await extension.startNext()).isPendingAfter(300));
        await followEvents(extension);
      });
      await t.accept();
      return { wasPending: await wasPending.promise };
    },
  },
  {
    id: 'init-waits-for-event-next',
    ref: 'EXT-030',
    title: 'The first invocation is delivered only after every extension has asked for its first event',
    source: `${LIFECYCLE}, Init phase; ${rie('core/flow.go')}`,
    level: 'required',
    needs: ['runtime-api', 'extensions'],
    setup: ONE_EXTENSION,
    accepts: [{ isAfter: true }],
    run: async (t) => {
      let askedAtMs = Number.POSITIVE_INFINITY;
      t.everyExtension('a', async (process) => {
        const extension = await t.registerExternal('a', BOTH_EVENTS, process);
        await sleep(1_000);
        askedAtMs = (await extension.startNext()).startedAtMs;
        await followEvents(extension);
      });
      const { event } = await t.accept();
      return { isAfter: event.reply.headAtMs >= askedAtMs, afterMs: Math.round(event.reply.headAtMs - askedAtMs) };
    },
  },
  {
    id: 'extension-init-error-fails-environment',
    ref: 'EXT-031',
    title: 'An init error of an extension is accepted and fails the environment',
    source: `${EXTENSIONS_API}, Init error; ${INIT_ERROR}`,
    level: 'required',
    needs: ['runtime-api', 'extensions'],
    setup: ONE_EXTENSION,
    accepts: { aws: [{ posted: 202, answer: { errorType: 'Extension.InitError' } }], rie: [{ posted: 202, answer: { status: 502 } }] },
    run: async (t) => {
      const posted: number[] = [];
      t.everyExtension('a', async (process) => {
        const extension = await t.registerExternal('a', BOTH_EVENTS, process);
        posted.push((await extension.report('init', 'Extension.Broken')).status);
        await process.exit(1);
      });
      const answer = await (await t.invoke()).exchange.reply(8_000);
      return { posted: posted[0], answer: seenAnswer(answer) };
    },
  },
  {
    id: 'extension-init-error-without-type',
    ref: 'EXT-032',
    title: 'An init error of an extension without a type is refused',
    source: INIT_ERROR,
    level: 'optional',
    needs: ['runtime-api', 'extensions'],
    setup: ONE_EXTENSION,
    accepts: [{ status: 403, errorType: 'Extension.MissingHeader', errorMessage: 'Lambda-Extension-Function-Error-Type not found' }],
    run: (t) => asExtension(t, async (extension) => ({ ...seenReply(await extension.report('init')) })),
  },
  {
    id: 'extension-init-error-twice',
    ref: 'EXT-033',
    title: 'A second init error of an extension is accepted and ignored',
    source: STATES,
    level: 'optional',
    needs: ['runtime-api', 'extensions'],
    setup: ONE_EXTENSION,
    accepts: [{ statuses: [202, 202] }],
    run: (t) => asExtension(t, async (extension) => ({ statuses: [(await extension.report('init', 'Extension.A')).status, (await extension.report('init', 'Extension.B')).status] })),
  },
  {
    id: 'extension-init-error-while-running',
    ref: 'EXT-034',
    title: 'An init error of an extension that has had an event is refused',
    source: STATES,
    level: 'optional',
    needs: ['runtime-api', 'extensions'],
    dependsOn: ['invoke-event-members'],
    setup: ONE_EXTENSION,
    accepts: [{ status: 403, errorType: 'Extension.InvalidExtensionState', errorMessage: 'State transition from Running to InitError failed for extension <id>. Error: State transition is not allowed' }],
    run: async (t) => {
      const refused = Promise.withResolvers<ReturnType<typeof seenReply>>();
      t.everyExtension('a', async (process) => {
        const extension = await t.registerExternal('a', BOTH_EVENTS, process);
        await extension.next();
        refused.resolve(seenReply(await extension.report('init', 'Extension.Late')));
        await followEvents(extension);
      });
      await t.accept();
      return { ...(await refused.promise) };
    },
  },
  {
    id: 'extension-exit-error-fails-invocation',
    ref: 'EXT-035',
    title: 'An exit error of an extension is accepted, and its exit fails the invocation',
    source: `${EXTENSIONS_API}, Exit error; ${EXIT_ERROR}`,
    level: 'required',
    needs: ['runtime-api', 'extensions'],
    dependsOn: ['invoke-event-members'],
    setup: ONE_EXTENSION,
    accepts: [{ posted: 202, answer: { errorType: 'Extension.ExitError' } }],
    run: async (t) => {
      let posted = 0;
      t.everyExtension('a', async (process, index) => {
        const extension = await t.registerExternal('a', BOTH_EVENTS, process);
        if (index > 0) return followEvents(extension);
        await extension.next();
        posted = (await extension.report('exit', 'Extension.Gone')).status;
        await process.exit(1);
      });
      const { invocation } = await t.accept();
      const answer = await invocation.exchange.reply();
      return { posted, answer: seenAnswer(answer) };
    },
  },
  {
    id: 'extension-init-error-identifier-unknown',
    ref: 'EXT-036',
    title: 'An init error with an identifier that was never given is refused',
    source: INIT_ERROR,
    level: 'optional',
    needs: ['runtime-api', 'extensions'],
    accepts: [{ status: 403, errorType: 'Extension.UnknownExtensionIdentifier', errorMessage: 'Unknown Lambda-Extension-Identifier' }],
    run: async (t) => {
      const { runtime } = await t.exchange();
      const headers = { 'Lambda-Extension-Identifier': NEVER_ISSUED, 'Lambda-Extension-Function-Error-Type': 'Extension.A' };
      return { ...seenReply(await runtime.request({ method: 'POST', path: '/2020-01-01/extension/init/error', headers, body: '{}' })) };
    },
  },
  {
    id: 'invoke-event-size-independent',
    ref: 'EXT-045',
    title: 'The event for extensions stays small when the payload is large',
    source: `${QUOTAS}; ${EXTENSIONS_API}`,
    level: 'required',
    needs: ['runtime-api', 'extensions'],
    dependsOn: ['invoke-event-members'],
    setup: ONE_EXTENSION,
    accepts: [{ byteLength: between(1, 4_095) }],
    run: async (t) => ({ byteLength: (await oneInvocation(t, `"${'a'.repeat(6_000_000)}"`)).seen.reply.body.length }),
  },
];

async function askAs(t: Trial, headers: Record<string, string>) {
  const { runtime } = await t.exchange();
  return { ...seenReply(await runtime.request({ method: 'GET', path: EVENT_PATH, headers })) };
}

/** What the extension saw of one invocation, and what the runtime saw. */
async function oneInvocation(t: Trial, payload = '{}') {
  const seen = Promise.withResolvers<ExtensionEvent>();
  keepExtension(t, 'a', BOTH_EVENTS, (event) => seen.resolve(event));
  const { event } = await t.exchange({ payload });
  return { event, seen: await seen.promise };
}

