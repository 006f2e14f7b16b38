/** The one HTTP/1.1 reader of rik's hot paths. Everything else in rik speaks HTTP through `node:http` or undici. */
export { answer, headerLine, plainAnswer, utf8HeaderValue, EMPTY_BODY } from './answer.ts';
export type { Answer } from './answer.ts';
export type { AnswerStream, OpenAnswerStream, StreamHead } from './answer-stream.ts';
export type { ReceivedBody } from './body-collector.ts';
export { HttpConnection } from './connection.ts';
export type { RequestHead } from './head.ts';
export { READ_LIMITS, UnfinishedRequests } from './unfinished-requests.ts';
export type { ReadLimits } from './unfinished-requests.ts';
export type { BodyPlan, HttpRequest, RequestHandler } from './request-handler.ts';
