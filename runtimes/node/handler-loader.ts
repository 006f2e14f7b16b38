/**
 * Finds and loads the function named by the handler string. Source: managed-runtimes §2.2, §2.3 (Node.js 24 rules).
 * One difference on purpose: a directory named like the module does not hide the module (see runtimes/README.md).
 */
import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { runtimeRequire } from './builtins.ts';
import { RuntimeFault } from './errors.ts';
import { STREAMING_MARK } from './response-stream.ts';

/** Called with event and context; one that is marked as streaming with event, stream and context. */
export type Handler = (...parameters: unknown[]) => unknown;

const CALLBACK_REMOVED_TEXT =
  'ERROR: AWS Lambda has removed support for callback-based function handlers starting with Node.js 24. ' +
  'You need to modify this function to use a supported handler signature to use Node.js 24 or later. ' +
  'For more information see https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html.';

export async function loadHandler(taskRoot: string, handlerText: string): Promise<Handler> {
  const { folder, moduleName, exportPath } = parseHandlerText(handlerText);
  const namespace = await loadModule({ taskRoot, folder, moduleName });
  const found = walkExports(namespace, exportPath) ?? walkExports(memberOf(namespace, 'default'), exportPath);
  if (found === undefined) throw new RuntimeFault('Runtime.HandlerNotFound', `${handlerText} is undefined or not exported`);
  if (!isHandler(found)) throw new RuntimeFault('Runtime.HandlerNotFound', `${handlerText} is not a function`);
  const streaming: unknown = Reflect.get(found, STREAMING_MARK);
  if (streaming === 'response') return found;
  if (streaming !== undefined) throw new RuntimeFault('Runtime.MalformedStreamingHandler', 'Only response streaming is supported.');
  if (found.length >= 3) throw new RuntimeFault('Runtime.CallbackHandlerDeprecated', CALLBACK_REMOVED_TEXT);
  return found;
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
function walkExports(root: unknown, exportPath: string[]): unknown {
  let value = root;
  for (const name of exportPath) {
    value = memberOf(value, name);
    if (value === undefined) return undefined;
  }
  return value;
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

function isHandler(value: unknown): value is Handler {
  return typeof value === 'function';
}
