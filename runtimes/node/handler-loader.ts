/**
 * Finds and loads the function named by the handler string. Source: managed-runtimes §2.2, §2.3 (Node.js 24 rules, and for callbacks those before).
 * One difference on purpose: a directory named like the module does not hide the module (see runtimes/README.md).
 */
import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { loadUtil, runtimeRequire } from './builtins.ts';
import { RuntimeFault } from './errors.ts';
import type { Generation } from './generation.ts';
import { STREAMING_MARK } from './response-stream.ts';

/** Called with event and context, and a callback in the generation that has them; one that is marked as streaming with event, stream and context. */
export type Handler = (...parameters: unknown[]) => unknown;

const CALLBACK_REMOVED_TEXT =
  'ERROR: AWS Lambda has removed support for callback-based function handlers starting with Node.js 24. ' +
  'You need to modify this function to use a supported handler signature to use Node.js 24 or later. ' +
  'For more information see https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html.';

const CALLBACK_WARNING_TEXT =
  'AWS Lambda plans to remove support for callback-based function handlers starting with Node.js 24. You will need to update this function ' +
  'to use an async handler to use Node.js 24 or later. For more information and to provide feedback on this change, see ' +
  'https://github.com/aws/aws-lambda-nodejs-runtime-interface-client/issues/137. To disable this warning, set the ' +
  'AWS_LAMBDA_NODEJS_DISABLE_CALLBACK_WARNING environment variable.';
const CALLBACK_ARITY = 3;

export async function loadHandler(taskRoot: string, handlerText: string, generation: Generation): Promise<Handler> {
  const { folder, moduleName, exportPath } = parseHandlerText(handlerText);
  const namespace = await loadModule({ taskRoot, folder, moduleName });
  const memberOf = generation === 'callbacks' ? memberOfAnything : memberOfObject;
  const walk = (root: unknown): unknown => exportPath.reduce(memberOf, root);
  const found = walk(namespace) ?? walk(memberOf(namespace, 'default'));
  if (found === undefined) throw new RuntimeFault('Runtime.HandlerNotFound', `${handlerText} is undefined or not exported`);
  if (!isHandler(found)) throw new RuntimeFault('Runtime.HandlerNotFound', `${handlerText} is not a function`);
  const streaming: unknown = Reflect.get(found, STREAMING_MARK);
  if (streaming === 'response') return found;
  if (streaming !== undefined) throw new RuntimeFault('Runtime.MalformedStreamingHandler', 'Only response streaming is supported.');
  if (found.length >= CALLBACK_ARITY && generation === 'promises') throw new RuntimeFault('Runtime.CallbackHandlerDeprecated', CALLBACK_REMOVED_TEXT);
  return found;
}

/** What the vendor tells authors on Node.js 20 and 22, once per process; any value of the variable silences it. Source: managed-runtimes §2.5. */
export function warnOfCallback(handler: Handler, environment: NodeJS.ProcessEnv): void {
  if (handler.length !== CALLBACK_ARITY || isStreaming(handler) || loadUtil().types.isAsyncFunction(handler)) return;
  if (environment['AWS_LAMBDA_NODEJS_DISABLE_CALLBACK_WARNING'] === undefined) console.warn(CALLBACK_WARNING_TEXT);
}

export function isStreaming(handler: Handler): boolean {
  return Reflect.get(handler, STREAMING_MARK) === 'response';
}

type HandlerName = { folder: string; moduleName: string; exportPath: string[] };

/** `folder/module.path.to.export`; only the part behind the last slash is looked at for dots. */
export function parseHandlerText(handlerText: string): HandlerName {
  if (handlerText.includes('..')) {
    throw new RuntimeFault(
      'Runtime.MalformedHandlerName',
      `'${handlerText}' is not a valid handler name. Use absolute paths when specifying root directories in handler names.`,
    );
  }
  const slash = handlerText.lastIndexOf('/');
  const match = /^([^.]*)\.(.+)$/s.exec(handlerText.slice(slash + 1));
  if (match?.[1] === undefined || match[2] === undefined) throw new RuntimeFault('Runtime.MalformedHandlerName', 'Bad handler');
  return { folder: handlerText.slice(0, slash + 1), moduleName: match[1], exportPath: match[2].split('.') };
}

async function loadModule(options: { taskRoot: string; folder: string; moduleName: string }): Promise<unknown> {
  const { taskRoot, folder, moduleName } = options;
  const base = resolve(taskRoot, folder, moduleName);
  try {
    const file = ['', '.js', '.mjs', '.cjs'].map((suffix) => base + suffix).find(isFile) ?? resolvePackage({ taskRoot, folder, moduleName, base });
    return await import(pathToFileURL(file).href);
  } catch (error) {
    throw toLoadingFault(error);
  }
}

/** A folder with an entry point, else a package next to the function or on NODE_PATH. */
function resolvePackage(options: { taskRoot: string; folder: string; moduleName: string; base: string }): string {
  try {
    return runtimeRequire.resolve(options.base);
  } catch {
    return runtimeRequire.resolve(options.moduleName, { paths: [options.taskRoot, resolve(options.taskRoot, options.folder)] });
  }
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}

function toLoadingFault(error: unknown): unknown {
  if (error instanceof SyntaxError) return new RuntimeFault('Runtime.UserCodeSyntaxError', `SyntaxError: ${error.message}`, error.stack);
  if (error instanceof Error && 'code' in error && error.code === 'MODULE_NOT_FOUND') {
    return new RuntimeFault('Runtime.ImportModuleError', String(error));
  }
  return error;
}

/** Only objects are entered: a static method of an exported class is not a handler. */
function memberOfObject(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

function memberOfAnything(value: unknown, name: string): unknown {
  return value === undefined || value === null ? undefined : Reflect.get(Object(value), name);
}

function isHandler(value: unknown): value is Handler {
  return typeof value === 'function';
}
