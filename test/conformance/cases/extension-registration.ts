/** Extensions API: registering, and what a wrong registration is answered with. */
import { absent, anyOf, containing } from '../accept.ts';
import type { ConformanceCase } from '../case.ts';
import { textAt, readJson } from '../json.ts';
import { seenReply, UUID_PATTERN } from '../kit/seen.ts';
import type { Trial } from '../kit/trial.ts';
import { asExtension, ONE_EXTENSION, whenExtensionStarts } from './extension-support.ts';
import { EXTENSIONS_API, rie } from './sources.ts';

const REGISTER = rie('rapi/handler/agentregister.go');
const REGISTRATIONS = rie('core/registrations.go');
const STATES = rie('core/externalagent_states.go');
const PARSE = rie('rapi/handler/agent_util.go');

export const EXTENSION_REGISTRATION_CASES: readonly ConformanceCase[] = [
  {
    id: 'extension-external-registered',
    ref: 'EXT-004',
    title: 'An external extension is registered and gets an identifier and the function',
    source: `${EXTENSIONS_API}, Register; ${REGISTER}`,
    level: 'required',
    needs: ['runtime-api', 'extensions'],
    setup: ONE_EXTENSION,
    accepts: [{ status: 200, identifier: UUID_PATTERN, functionName: 'conformance', functionVersion: '$LATEST', handler: 'app.handler' }],
    run: (t) =>
      whenExtensionStarts(t, 'a', async (process) => {
        const reply = await process.register('a', '{"events":["INVOKE","SHUTDOWN"]}');
        const json = readJson(reply.text);
        return {
          status: reply.status,
          identifier: reply.headers.get('lambda-extension-identifier'),
          functionName: textAt(json, 'functionName'),
          functionVersion: textAt(json, 'functionVersion'),
          handler: textAt(json, 'handler'),
        };
      }),
  },
  {
    id: 'extension-name-missing',
    ref: 'EXT-005',
    title: 'A registration without a name is refused',
    source: REGISTER,
    level: 'optional',
    needs: ['runtime-api', 'extensions'],
    accepts: [{ status: 403, errorType: 'Extension.InvalidExtensionName', errorMessage: 'Empty extension name' }],
    run: (t) => registerLate(t, undefined, '{"events":["INVOKE"]}'),
  },
  {
    id: 'extension-body-not-json',
    ref: 'EXT-006',
    title: 'A registration whose body is no JSON is refused',
    source: PARSE,
    level: 'optional',
    needs: ['runtime-api', 'extensions'],
    accepts: [{ status: anyOf(403, 400), errorType: 'InvalidRequestFormat' }],
    run: (t) => registerLate(t, 'inner', 'x'),
  },
  {
    id: 'extension-event-unknown',
    ref: 'EXT-007',
    title: 'A registration for an unknown event is refused',
    source: `${PARSE}; ${REGISTRATIONS}`,
    level: 'optional',
    needs: ['runtime-api', 'extensions'],
    accepts: [{ status: 403, errorType: 'Extension.InvalidEventType', errorMessage: 'FOO: ErrorInvalidEventType' }],
    run: (t) => registerLate(t, 'inner', '{"events":["FOO"]}'),
  },
  {
    id: 'extension-event-lower-case',
    ref: 'EXT-008',
    title: 'The names of events are told apart by case',
    source: REGISTRATIONS,
    level: 'optional',
    needs: ['runtime-api', 'extensions'],
    accepts: [{ status: anyOf(403, 400), errorType: 'Extension.InvalidEventType' }],
    run: (t) => registerLate(t, 'inner', '{"events":["invoke"]}'),
  },
  {
    id: 'extension-internal-shutdown-event',
    ref: 'EXT-009',
    title: 'An internal extension cannot have SHUTDOWN',
    source: `${EXTENSIONS_API}, internal extensions; ${REGISTRATIONS}`,
    level: 'required',
    needs: ['runtime-api', 'extensions'],
    accepts: [{ status: 403, errorType: 'Extension.InvalidEventType', errorMessage: 'SHUTDOWN: ShutdownEventNotSupportedForInternalExtension' }],
    run: (t) => registerLate(t, 'inner', '{"events":["SHUTDOWN"]}'),
  },
  {
    id: 'extension-internal-registered',
    ref: 'EXT-010',
    title: 'An internal extension is registered before the first next of the runtime',
    source: `${EXTENSIONS_API}, internal extensions; ${REGISTER}`,
    level: 'required',
    needs: ['runtime-api', 'extensions'],
    fresh: true,
    accepts: [{ status: 200, identifier: UUID_PATTERN }],
    run: async (t) => {
      const reply = await (await early(t)).register('inner', '{"events":["INVOKE"]}');
      return { status: reply.status, identifier: reply.headers.get('lambda-extension-identifier') };
    },
  },
  {
    id: 'extension-internal-too-late',
    ref: 'EXT-011',
    title: 'An internal extension is refused after the first next of the runtime',
    source: REGISTRATIONS,
    level: 'optional',
    needs: ['runtime-api', 'extensions'],
    accepts: [{ status: 403, errorType: 'Extension.RegistrationClosed', errorMessage: 'Extension registration closed already' }],
    run: (t) => registerLate(t, 'inner', '{"events":["INVOKE"]}'),
  },
  {
    id: 'extension-internal-name-twice',
    ref: 'EXT-012',
    title: 'A second internal extension of the same name is refused',
    source: REGISTRATIONS,
    level: 'optional',
    needs: ['runtime-api', 'extensions'],
    dependsOn: ['extension-internal-registered'],
    fresh: true,
    accepts: [{ status: 403, errorType: 'Extension.InvalidExtensionState', errorMessage: 'Extension with this name already registered' }],
    run: async (t) => {
      const runtime = await early(t);
      await runtime.register('inner');
      return { ...seenReply(await runtime.register('inner')) };
    },
  },
  {
    id: 'extension-external-twice',
    ref: 'EXT-013',
    title: 'An external extension that registers twice is refused',
    source: STATES,
    level: 'optional',
    needs: ['runtime-api', 'extensions'],
    dependsOn: ['extension-external-registered'],
    setup: ONE_EXTENSION,
    accepts: [{ status: 403, errorType: 'Extension.InvalidExtensionState', errorMessage: 'State transition from Registered to Registered failed for extension a. Error: State transition is not allowed' }],
    run: (t) => asExtension(t, async ({ runtime }) => ({ ...seenReply(await runtime.register('a')) })),
  },
  {
    id: 'extension-eleventh',
    ref: 'EXT-014',
    title: 'The eleventh extension is refused',
    source: `${EXTENSIONS_API}, limits; ${REGISTRATIONS}`,
    level: 'required',
    needs: ['runtime-api', 'extensions'],
    dependsOn: ['extension-internal-registered'],
    fresh: true,
    accepts: [{ accepted: 10, eleventh: { status: 403, errorType: 'Extension.TooManyExtensions', errorMessage: 'Extension limit (10) reached' } }],
    run: async (t) => {
      const runtime = await early(t);
      let accepted = 0;
      for (let index = 0; index < 10; index += 1) if ((await runtime.register(`inner-${index}`)).status === 200) accepted += 1;
      return { accepted, eleventh: seenReply(await runtime.register('inner-10')) };
    },
  },
  accountCase({ id: 'extension-account-id-asked', ref: 'EXT-015', features: 'accountId', title: 'An extension that accepts accountId is told the account' }),
  {
    id: 'extension-account-id-not-asked',
    ref: 'EXT-016',
    title: 'An extension that does not ask for the account is not told it',
    source: REGISTER,
    level: 'optional',
    needs: ['runtime-api', 'extensions'],
    fresh: true,
    accepts: [{ status: 200, accountId: absent }],
    run: async (t) => {
      const reply = await (await early(t)).register('inner');
      return { status: reply.status, accountId: textAt(readJson(reply.text), 'accountId') };
    },
  },
  accountCase({ id: 'extension-feature-unknown-ignored', ref: 'EXT-017', features: 'nope, accountId', title: 'An unknown feature among those accepted is ignored' }),
  {
    id: 'extension-events-missing',
    ref: 'EXT-018',
    title: 'A registration without events is accepted',
    source: `${EXTENSIONS_API}, Register; ${REGISTER}`,
    level: 'required',
    needs: ['runtime-api', 'extensions'],
    fresh: true,
    accepts: [{ status: 200 }],
    run: async (t) => ({ ...seenReply(await (await early(t)).register('inner', '{}')) }),
  },
  {
    id: 'extension-configuration-keys',
    ref: 'EXT-019',
    title: 'Configuration keys are refused with a word about environment variables',
    source: REGISTER,
    level: 'optional',
    needs: ['runtime-api', 'extensions'],
    fresh: true,
    accepts: [{ status: 403, errorType: 'InvalidRequestFormat', errorMessage: containing('environment variables') }],
    run: async (t) => ({ ...seenReply(await (await early(t)).register('inner', '{"events":[],"configurationKeys":["a"]}')) }),
  },
];

/** The runtime before its first next. */
async function early(t: Trial) {
  await t.invoke();
  return t.runtime();
}

/** By a runtime that has had an event: what is wrong with the request is said before it is said that it is too late. */
async function registerLate(t: Trial, name: string | undefined, body: string) {
  const { runtime } = await t.exchange();
  return { ...seenReply(await runtime.register(name, body)) };
}

function accountCase(options: { id: string; ref: string; title: string; features: string }): ConformanceCase {
  return {
    id: options.id,
    ref: options.ref,
    title: options.title,
    source: `${EXTENSIONS_API}, Lambda-Extension-Accept-Feature; ${REGISTER}`,
    level: 'required',
    needs: ['runtime-api', 'extensions'],
    fresh: true,
    // The classic emulator does not know it.
    accepts: { aws: [{ status: 200, accountId: /^\d{12}$/ }], rie: [{ status: 200, accountId: anyOf(undefined, '') }, { status: 200, accountId: /^\d{12}$/ }] },
    run: async (t) => {
      const reply = await (await early(t)).register('inner', '{"events":[]}', { 'Lambda-Extension-Accept-Feature': options.features });
      return { status: reply.status, accountId: textAt(readJson(reply.text), 'accountId') };
    },
  };
}
