/** `rik/sdk/test-kit`: everything that tests of a runtime or an extension need, without an account and without a container. */
export { startLocalRuntimeApi as startFakeRuntimeApi } from '../local/runtime-api.ts';
export type { LocalRuntimeApi as FakeRuntimeApi, OfferOptions } from '../local/runtime-api.ts';
export type { LocalAnswer as Answer, StartError } from '../local/answers.ts';
export type { LocalExtensions as FakeExtensions, RegisteredExtension } from '../local/extension-routes.ts';
export { functionUrlEvent } from '../local/function-url-event.ts';
export type { HttpRequestParts } from '../local/function-url-event.ts';
export { call } from './call.ts';
export type { CallOptions } from './call.ts';
export { fakeContext } from './fake-context.ts';
export { albEvent, apiGatewayEvent } from './http-events.ts';
export { dynamoDbEvent, eventBridgeEvent, kinesisEvent, s3Event, snsEvent, sqsEvent } from './events.ts';
export { parseRecordings, recordTo, replay } from './recording.ts';
export type { Recording, RecordOptions, Replayed } from './recording.ts';
