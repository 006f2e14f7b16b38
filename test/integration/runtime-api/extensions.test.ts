/** Extensions as programs in /opt/extensions and inside the runtime: registration, events, failures, and how everything is ended. */
import { appendFileSync, chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { withEmulator } from '../../support/emulated.ts';
import type { Emulated, EmulatedOptions } from '../../support/emulated.ts';
import { writeExtension, writeExtensionProgram } from '../../support/extension-file.ts';

const test = suite('integration/runtime-api/extensions');
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** Longer than anything takes; a wait in vain is to end in words. */
const NOTE_LIMIT_MS = 15_000;

type Extensions = Readonly<Record<string, readonly string[]>>;

/** An emulator with these extensions in its `/opt`; scenario by name. */
function withExtensions<Result>(extensions: Extensions, options: EmulatedOptions, use: (emulated: Emulated) => Promise<Result>): Promise<Result> {
  return withEmulator(options, async (emulated) => {
    for (const [name, scenario] of Object.entries(extensions)) writeExtension({ layersRoot: join(emulated.folder, 'opt'), name, scenario });
    return use(emulated);
  });
}

const notesOf = (emulated: Emulated, name: string): string[] =>
  emulated.notes().filter((note) => note.startsWith(`${name} `)).map((note) => note.slice(name.length + 1));

/** Waits for a note that begins so; resolves to the rest of it. */
async function noteFrom(emulated: Emulated, beginning: string): Promise<string> {
  const endMs = performance.now() + NOTE_LIMIT_MS;
  for (;;) {
    if (performance.now() > endMs) throw new Error(`nobody noted ${beginning}: ${emulated.notes().join(' | ')}\n${emulated.log()}`);
    const found = emulated.notes().find((note) => note.startsWith(beginning));
    if (found !== undefined) return found.slice(beginning.length);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

async function invokeOk(emulated: Emulated): Promise<string> {
  const reply = await emulated.invoke('{"x":1}');
  assert.is(reply.body.toString(), '{"x":1}');
  assert.is(reply.headers.has('x-amz-function-error'), false);
  return reply.headers.get('x-amzn-requestid') ?? '';
}

async function failedInvocation(emulated: Emulated): Promise<{ errorType: string; errorMessage: string }> {
  const reply = await emulated.invoke('{}');
  assert.is(reply.headers.get('x-amz-function-error'), 'Unhandled');
  const { errorType, errorMessage } = JSON.parse(reply.body.toString());
  return { errorType, errorMessage: String(errorMessage).replace(reply.headers.get('x-amzn-requestid') ?? '?', 'ID') };
}

// ref: EXT-001, EXT-003, EXT-030, LOG-010
test('an extension is started and registered before the runtime starts, and the log tells of it', async () => {
  await withExtensions({ a: ['follow'] }, {}, async (emulated) => {
    const id = await invokeOk(emulated);
    const log = await emulated.logged(/^REPORT/m);
    assert.match(log, new RegExp(`^EXTENSION\\tName: a\\tState: Ready\\tEvents: \\[INVOKE, SHUTDOWN\\]\\nSTART RequestId: ${id} `));
  });
});

// ref: EXT-023, EXT-029, SHD-006
test('ten invocations are ten events in order, and the end of the emulator is SHUTDOWN with reason spindown', async () => {
  const ids: string[] = [];
  let notes: () => string[] = () => [];
  let seenAtEnd: string[] = [];
  await withExtensions({ a: ['follow'] }, {}, async (emulated) => {
    for (let count = 0; count < 10; count += 1) ids.push(await invokeOk(emulated));
    notes = () => notesOf(emulated, 'a');
    await emulated.emulator.close();
    seenAtEnd = notes();
  });
  assert.equal(seenAtEnd, ['registered', ...ids.map((id) => `INVOKE ${id}`), 'SHUTDOWN spindown']);
});

// ref: EXT-004, EXT-015, EXT-016, EXT-017, EXT-024, EXT-025
test('registration and events have the documented members, and never the payload', async () => {
  await withExtensions({ plain: ['wire'], account: ['wire', 'nope, accountId'] }, { scenario: ['headers'] }, async (emulated) => {
    const reply = await emulated.invoke('{"secret":1}');
    const runtime = JSON.parse(reply.body.toString());
    await emulated.emulator.close();
    const identity = { functionName: 'test_function', functionVersion: '$LATEST', handler: 'headers' };
    assert.is(notesOf(emulated, 'plain')[0], `register 200 ${JSON.stringify(identity)}`);
    assert.is(notesOf(emulated, 'account')[0], `register 200 ${JSON.stringify({ ...identity, accountId: '000000000000' })}`);
    const [invoke, shutdown] = notesOf(emulated, 'plain').slice(1).map((note) => JSON.parse(note.slice('event '.length)));
    assert.equal(invoke.body, {
      eventType: 'INVOKE',
      deadlineMs: Number(runtime['lambda-runtime-deadline-ms']),
      requestId: runtime['lambda-runtime-aws-request-id'],
      invokedFunctionArn: runtime['lambda-runtime-invoked-function-arn'],
      tracing: { type: 'X-Amzn-Trace-Id', value: runtime['lambda-runtime-trace-id'] },
    });
    assert.is(invoke.headers['content-type'], 'application/json');
    assert.match(invoke.headers['lambda-extension-event-identifier'], UUID);
    assert.is(shutdown.body.shutdownReason, 'spindown');
    assert.is(typeof shutdown.body.deadlineMs, 'number');
    const other = JSON.parse((notesOf(emulated, 'account')[1] ?? '').slice('event '.length));
    assert.is.not(other.headers['lambda-extension-event-identifier'], invoke.headers['lambda-extension-event-identifier']);
  });
});

// ref: EXT-002, EXT-041
test('folders are no extensions, and an extension lacks the variables that are the runtime\'s alone', async () => {
  await withExtensions({ a: ['environment'] }, {}, async (emulated) => {
    mkdirSync(join(emulated.folder, 'opt', 'extensions', 'folder'));
    await invokeOk(emulated);
    const { cwd, variables } = JSON.parse(notesOf(emulated, 'a')[0] ?? '');
    assert.is(cwd, '/');
    for (const name of ['AWS_EXECUTION_ENV', 'AWS_LAMBDA_LOG_GROUP_NAME', 'AWS_LAMBDA_LOG_STREAM_NAME', 'LAMBDA_RUNTIME_DIR', 'LAMBDA_TASK_ROOT', '_HANDLER']) {
      assert.is(variables[name], undefined, name);
    }
    assert.is(variables.AWS_LAMBDA_RUNTIME_API, emulated.emulator.runtimeApiAddress);
    assert.is(variables.AWS_LAMBDA_FUNCTION_NAME, 'test_function');
    assert.is(variables.AWS_LAMBDA_FUNCTION_MEMORY_SIZE, '128');
    assert.is(variables.AWS_REGION, 'us-east-1');
    assert.is(variables.AWS_ACCESS_KEY_ID, '');
    assert.ok(variables.RIK_TEST_NOTES);
  });
});

// ref: EXT-013
test('an external extension that registers twice is refused in the words of its state', async () => {
  await withExtensions({ a: ['registerTwice'] }, {}, async (emulated) => {
    await invokeOk(emulated);
    const [, second] = notesOf(emulated, 'a');
    const errorMessage = 'State transition from Registered to Registered failed for extension a. Error: State transition is not allowed';
    assert.is(second, `403 ${JSON.stringify({ errorMessage, errorType: 'Extension.InvalidExtensionState' })}`);
  });
});

// ref: EXT-028
test('a second call of event/next while one is blocked is refused', async () => {
  await withExtensions({ a: ['secondNext'] }, {}, async (emulated) => {
    void emulated.invoke('{}').catch(() => {});
    assert.match(await noteFrom(emulated, 'a 403 '), /"State transition from Ready to Ready failed for extension [0-9a-f-]{36}\. Error: State transition is not allowed"/);
  });
});

test('an extension whose blocked call broke off may call again and misses nothing', async () => {
  await withExtensions({ a: ['droppedNext'] }, { scenario: ['echoAfter', 'a again'] }, async (emulated) => {
    const id = await invokeOk(emulated);
    assert.is(await noteFrom(emulated, 'a INVOKE '), id);
  });
});

// ref: EXT-026, INV-013, INV-014
test('an invocation ends when its slowest extension is done: its invoker has long been answered, its report waits', async () => {
  await withExtensions({ a: ['slow', 'go on'] }, {}, async (emulated) => {
    const first = await invokeOk(emulated);
    const second = emulated.invoke('{"second":true}');
    await noteFrom(emulated, `a INVOKE ${first}`);
    assert.not.match(emulated.log(), /^(END|REPORT)/m);
    appendFileSync(join(emulated.folder, 'notes'), 'go on\n');
    assert.is((await second).body.toString(), '{"second":true}');
    assert.match(await emulated.logged(/(REPORT[^]*){2}/), new RegExp(`END RequestId: ${first}\\nREPORT RequestId: ${first}`));
    assert.equal(notesOf(emulated, 'a').slice(0, 2), [`INVOKE ${first}`, 'done']);
  });
});

// ref: EXT-027
test('an extension that registered for nothing takes no part in invocations', async () => {
  await withExtensions({ a: ['forNothing'], b: ['follow'] }, {}, async (emulated) => {
    const ids = [await invokeOk(emulated), await invokeOk(emulated)];
    await noteFrom(emulated, `b INVOKE ${ids[1]}`);
    assert.equal(notesOf(emulated, 'b').slice(1), ids.map((id) => `INVOKE ${id}`));
    assert.equal(notesOf(emulated, 'a'), []);
  });
});

// ref: EXT-037, EXT-039, EXT-040, LOG-008
const FAILED_STARTS = [
  ['exits with 0 before it registers', ['exitBeforeRegister', '0'], 'Extension.Crash', 'exit code 0'],
  ['exits with 1 after it registered', ['exitAfterRegister', '1'], 'Extension.Crash', 'exit status 1'],
] as const;
for (const [what, scenario, errorType, text] of FAILED_STARTS) {
  test(`an extension that ${what} fails the initialisation and its repetition`, async () => {
    await withExtensions({ a: scenario }, {}, async (emulated) => {
      assert.equal(await failedInvocation(emulated), { errorType, errorMessage: `RequestId: ID Error: ${text}` });
      const log = await emulated.logged(/^REPORT/m);
      assert.match(log, /^INIT_REPORT .*Phase: init\tStatus: error\tError Type: Extension\.Crash\n/m);
      assert.match(log, /^INIT_REPORT .*Phase: invoke\tStatus: error\tError Type: Extension\.Crash\nSTART /m);
    });
  });
}

// ref: EXT-039
const UNSTARTABLE = [
  ['is not executable', '#!/bin/sh\n', 0o644, 'permission denied'],
  ['names no interpreter that there is', '#!/no/such/interpreter\r\n', 0o755, 'no such file or directory'],
  ['is no program', 'text', 0o755, 'exec format error'],
] as const;
for (const [what, text, mode, reason] of UNSTARTABLE) {
  test(`an extension that ${what} fails the initialisation with the kernel's words`, async () => {
    await withExtensions({}, {}, async (emulated) => {
      const layersRoot = join(emulated.folder, 'opt');
      writeExtensionProgram({ layersRoot, name: 'x', text });
      chmodSync(join(layersRoot, 'extensions', 'x'), mode);
      const path = join(layersRoot, 'extensions', 'x');
      assert.equal(await failedInvocation(emulated), { errorType: 'Extension.LaunchError', errorMessage: `RequestId: ID Error: fork/exec ${path}: ${reason}` });
      assert.match(await emulated.logged(/^REPORT/m), /^EXTENSION\tName: x\tState: LaunchError\tEvents: \[\]\tError Type: Extension\.LaunchError$/m);
      assert.is(emulated.starts(), 0);
    });
  });
}

// ref: EXT-040
test('eleven files are too many, ten are not', async () => {
  const ten = Object.fromEntries('abcdefghij'.split('').map((name) => [name, ['follow', 'SHUTDOWN']]));
  await withExtensions(ten, {}, async (emulated) => {
    await invokeOk(emulated);
  });
  await withExtensions({ ...ten, k: ['follow'] }, {}, async (emulated) => {
    assert.equal(await failedInvocation(emulated), { errorType: 'Extension.LaunchError', errorMessage: 'RequestId: ID Error: Extension limit (10) reached' });
    assert.is(emulated.starts(), 0);
  });
});

// ref: EXT-031, EXT-033
test('an extension that reports init/error fails the environment as soon as it exits, with its own type', async () => {
  await withExtensions({ a: ['initError', 'Extension.NoConfig', '4'] }, {}, async (emulated) => {
    assert.equal(await failedInvocation(emulated), { errorType: 'Extension.InitError', errorMessage: 'RequestId: ID Error: exit status 4' });
    const [first, second, next] = notesOf(emulated, 'a');
    assert.is(first, '202 {"status":"OK"}');
    assert.is(second, '202 {"status":"OK"}');
    assert.match(next ?? '', /^403 .*State transition from InitError to Ready failed/);
    assert.match(await emulated.logged(/^REPORT/m), /Error Type: Extension\.InitError\n$/);
  });
});

test('an extension that reports init/error and stays is not waited for for ever', async () => {
  await withExtensions({ a: ['initError', 'Extension.NoConfig'] }, {}, async (emulated) => {
    assert.equal(await failedInvocation(emulated), { errorType: 'Extension.InitError', errorMessage: 'RequestId: ID Error: Extension.NoConfig' });
  });
});

// ref: EXT-032
test('a report without a type is refused and changes nothing', async () => {
  await withExtensions({ a: ['initError', '', '5'] }, {}, async (emulated) => {
    void failedInvocation(emulated).catch(() => {});
    assert.is(await noteFrom(emulated, 'a 403 '), '{"errorMessage":"Lambda-Extension-Function-Error-Type not found","errorType":"Extension.MissingHeader"}');
  });
});

// ref: EXT-034, EXT-035
test('exit/error during an invocation fails the environment; init/error is too late then', async () => {
  await withExtensions({ a: ['exitError', '7'] }, { scenario: ['silent'] }, async (emulated) => {
    assert.equal(await failedInvocation(emulated), { errorType: 'Extension.ExitError', errorMessage: 'RequestId: ID Error: exit status 7' });
    const [late, first, second] = notesOf(emulated, 'a');
    assert.match(late ?? '', /^403 .*State transition from Running to InitError failed/);
    assert.is(first, '202 {"status":"OK"}');
    assert.is(second, '202 {"status":"OK"}');
  });
});

// ref: EXT-038, SHD-014
test('an extension that ends in an invocation fails it; then all processes begin anew', async () => {
  await withExtensions({ a: ['exitInInvocation', '1'], b: ['follow'] }, { scenario: ['silentOnce'] }, async (emulated) => {
    assert.equal(await failedInvocation(emulated), { errorType: 'Extension.Crash', errorMessage: 'RequestId: ID Error: exit status 1' });
    await noteFrom(emulated, 'b SHUTDOWN failure');
    await emulated.logged(/^REPORT.*Error Type: Extension\.Crash/m);
    const id = await invokeOk(emulated);
    assert.is(emulated.starts(), 2);
    await noteFrom(emulated, `a INVOKE ${id}`);
  });
});

test('an extension that ends between invocations resets the environment, and the next invocation is served', async () => {
  await withExtensions({ a: ['exitWhenTold', 'die'], b: ['follow'] }, {}, async (emulated) => {
    await invokeOk(emulated);
    appendFileSync(join(emulated.folder, 'notes'), 'die\n');
    await noteFrom(emulated, 'b SHUTDOWN failure');
  });
});

// ref: EXT-044
test('an extension that never registers holds up the initialisation to its limit, and no longer', async () => {
  await withExtensions({ a: ['neverRegister'] }, { initTimeoutMs: 300, timeoutMs: 300 }, async (emulated) => {
    assert.equal(await failedInvocation(emulated), { errorType: 'Sandbox.Timedout', errorMessage: 'RequestId: ID Error: Task timed out after 0.30 seconds' });
    assert.is(emulated.starts(), 0);
  });
});

// ref: SHD-010, TEL-025
test('a timeout is SHUTDOWN with reason timeout, and the invoker does not wait for it', async () => {
  await withExtensions({ a: ['follow'] }, { scenario: ['silentOnce'], timeoutMs: 500 }, async (emulated) => {
    assert.is((await failedInvocation(emulated)).errorType, 'Sandbox.Timedout');
    await noteFrom(emulated, 'a SHUTDOWN timeout');
    await emulated.logged(/^REPORT.*Status: timeout\n/m);
    await invokeOk(emulated);
  });
});

test('an extension that never comes back from an invocation makes it time out, though its invoker has its answer', async () => {
  await withExtensions({ a: ['stuck'] }, { timeoutMs: 500 }, async (emulated) => {
    await invokeOk(emulated);
    await emulated.logged(/^REPORT.*Status: timeout\n/m);
  });
});

// ref: SHD-011
test('a crash of the runtime is SHUTDOWN with reason failure', async () => {
  await withExtensions({ a: ['follow'] }, { scenario: ['exitAfterNext', '1'] }, async (emulated) => {
    assert.is((await failedInvocation(emulated)).errorType, 'Runtime.ExitError');
    await noteFrom(emulated, 'a SHUTDOWN failure');
  });
});

// ref: SHD-012
test('in the profile of the classic emulator the reasons have its names', async () => {
  await withExtensions({ a: ['follow'] }, { profile: 'rie', scenario: ['silentOnce'], timeoutMs: 500 }, async (emulated) => {
    await emulated.invoke('{}');
    await noteFrom(emulated, 'a SHUTDOWN Timeout');
  });
});

// ref: SHD-008, SHD-009, SHD-013, SHD-016
test('extensions that ignore SHUTDOWN, fail in it or did not ask for it are ended all the same', async () => {
  await withExtensions({ a: ['ignoreShutdown'], b: ['failShutdown'], c: ['follow', 'INVOKE'] }, {}, async (emulated) => {
    await invokeOk(emulated);
    await emulated.emulator.close();
    assert.equal(notesOf(emulated, 'a'), ['SHUTDOWN spindown']);
    assert.not.ok(notesOf(emulated, 'c').some((note) => note.startsWith('SHUTDOWN')));
    assert.not.match(emulated.log(), /error/i);
  });
});

// ref: SHD-002, SHD-007, SHD-017
test('with an external extension the runtime gets SIGTERM first, and SHUTDOWN comes after its end', async () => {
  await withExtensions({ a: ['follow'] }, { scenario: ['noteTerm'] }, async (emulated) => {
    await invokeOk(emulated);
    await emulated.emulator.close();
    const order = emulated.notes().filter((note) => note === 'SIGTERM' || note === 'a SHUTDOWN spindown');
    assert.equal(order, ['SIGTERM', 'a SHUTDOWN spindown']);
  });
});

// ref: SHD-004
test('a runtime that ignores SIGTERM is killed, and SHUTDOWN still comes', async () => {
  await withExtensions({ a: ['follow'] }, { scenario: ['ignoreTerm'] }, async (emulated) => {
    await invokeOk(emulated);
    await emulated.emulator.close();
    assert.equal(emulated.notes().filter((note) => note === 'SIGTERM' || note === 'a SHUTDOWN spindown'), ['SIGTERM', 'a SHUTDOWN spindown']);
  });
});

// ref: SHD-001
test('without an extension a runtime is killed without SIGTERM', async () => {
  await withExtensions({}, { scenario: ['noteTerm'] }, async (emulated) => {
    await invokeOk(emulated);
    await emulated.emulator.close();
    assert.not.ok(emulated.notes().includes('SIGTERM'));
  });
});

// ref: SHD-002, EXT-010, EXT-018
test('an internal extension is enough for SIGTERM, whether the runtime heeds it or not', async () => {
  for (const scenario of ['internalTerm', 'internalIgnoreTerm']) {
    await withExtensions({}, { scenario: [scenario] }, async (emulated) => {
      await invokeOk(emulated);
      await emulated.emulator.close();
      assert.ok(emulated.notes().includes('SIGTERM'), scenario);
      assert.match(emulated.log(), /^EXTENSION\tName: inside\tState: Ready\tEvents: \[\]$/m);
    });
  }
});

// ref: EXT-005, EXT-006, EXT-007, EXT-008, EXT-009, EXT-011, EXT-012, EXT-014, EXT-019, EXT-020, EXT-021, EXT-022, EXT-036
test('whoever may not register, or is not who it says, is refused in the documented words', async () => {
  await withExtensions({}, { scenario: ['extensionCalls'] }, async (emulated) => {
    await invokeOk(emulated);
    const refusals = Object.fromEntries(emulated.notes().map((note) => [note.slice(0, note.indexOf(': ')), note.slice(note.indexOf(': ') + 2)]));
    const id = '11111111-2222-4333-8444-555555555555';
    const wanted: Record<string, readonly [string, string]> = {
      noName: ['Extension.InvalidExtensionName', 'Empty extension name'],
      unknownEvent: ['Extension.InvalidEventType', 'FOO: ErrorInvalidEventType'],
      lowerCase: ['Extension.InvalidEventType', 'invoke: ErrorInvalidEventType'],
      shutdown: ['Extension.InvalidEventType', 'SHUTDOWN: ShutdownEventNotSupportedForInternalExtension'],
      configurationKeys: ['InvalidRequestFormat', 'configurationKeys are deprecated; use environment variables instead'],
      sameName: ['Extension.InvalidExtensionState', 'Extension with this name already registered'],
      eleventh: ['Extension.TooManyExtensions', 'Extension limit (10) reached'],
      closed: ['Extension.RegistrationClosed', 'Extension registration closed already'],
      closedUnknownEvent: ['Extension.InvalidEventType', 'FOO: ErrorInvalidEventType'],
      noIdentifier: ['Extension.MissingExtensionIdentifier', 'Missing Lambda-Extension-Identifier header'],
      noUuid: ['Extension.InvalidExtensionIdentifier', 'Invalid Lambda-Extension-Identifier'],
      stranger: ['Extension.UnknownExtensionIdentifier', `Unknown extension ${id}`],
      strangerError: ['Extension.UnknownExtensionIdentifier', 'Unknown Lambda-Extension-Identifier'],
    };
    for (const [name, [errorType, errorMessage]] of Object.entries(wanted)) assert.is(refusals[name], `403 ${JSON.stringify({ errorMessage, errorType })}`, name);
    for (const name of ['notJson', 'wrongShape']) assert.match(refusals[name] ?? '', /^403 .*"errorType":"InvalidRequestFormat"/, name);
    assert.match(refusals['tooLarge'] ?? '', /^413 /);
  });
});

// ref: EXT-043
test('the file that switches extensions off leaves none, and no route for them', async () => {
  await withExtensions({ a: ['follow'] }, { scenario: ['extensionRoutes'] }, async (emulated) => {
    writeFileSync(join(emulated.folder, 'opt', 'disable-extensions-jwigqn8j'), '');
    await invokeOk(emulated);
    assert.equal(emulated.notes(), ['404 404 page not found', '404 404 page not found', '404 404 page not found', '404 404 page not found']);
  });
});

// ref: TEL-002, TEL-003
test('the Logs and Telemetry APIs say that they are not there', async () => {
  await withEmulator({ profile: 'rie', scenario: ['subscribe'] }, async (emulated) => {
    await emulated.invoke('{}');
    assert.equal(emulated.notes(), [
      '202 {"errorMessage":"Telemetry API is not supported","errorType":"Telemetry.NotSupported"}',
      '202 {"errorMessage":"Logs API is not supported","errorType":"Logs.NotSupported"}',
    ]);
  });
});

// ref: EXT-042
test('what an extension prints is in the log', async () => {
  await withExtensions({ a: ['print', 'from the extension'] }, {}, async (emulated) => {
    await invokeOk(emulated);
    assert.match(await emulated.logged(/from the extension/), /^from the extension$/m);
  });
});

// ref: SHD-015
test('an identifier of before a reset is unknown after it', async () => {
  await withEmulator({ scenario: ['identifierOfBefore'] }, async (emulated) => {
    // Its first life ends in its initialisation, which is repeated within the invocation.
    await invokeOk(emulated);
    assert.match(emulated.notes().at(-1) ?? '', /^403 .*"errorType":"Extension\.UnknownExtensionIdentifier"/);
  });
});

test.run();
