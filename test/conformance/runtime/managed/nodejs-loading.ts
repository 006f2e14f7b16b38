/** Node.js: from the handler string to the function. */
import { containing } from '../../accept.ts';
import { js, N3, N4, NODEJS } from './nodejs-results.ts';
import { managedCases } from './managed-row.ts';
import type { ManagedRow } from './managed-row.ts';

const OK = 'exports.handler = async () => "ok";\n';
const OK_MODULE = 'export const handler = async () => "ok";\n';
const INVOKED = [{ kind: 'response', body: '"ok"' }];
const NOT_SUPPORTED = /^Directory import '.*\/src' is not supported /;

const ROWS: readonly ManagedRow[] = [
  { ref: 'NODE-050', id: 'nodejs-module-missing', title: 'Without a module the import error names it and its require stack', files: { 'other.js': OK }, accepts: failed('Runtime.ImportModuleError', /^Error: Cannot find module 'index'\nRequire stack:/) },
  { ref: 'NODE-051', id: 'nodejs-handler-climbs', title: 'A handler string with two dots is malformed', files: { 'x.js': OK }, handler: '../x.handler', accepts: failed('Runtime.MalformedHandlerName', "'../x.handler' is not a valid handler name. Use absolute paths when specifying root directories in handler names.") },
  { ref: 'NODE-052', id: 'nodejs-handler-without-dot', title: 'A handler string without a dot is malformed', files: js('async () => 1'), handler: 'index', accepts: failed('Runtime.MalformedHandlerName', 'Bad handler') },
  { ref: 'NODE-053', id: 'nodejs-export-missing', title: 'An export that is not there is not found', files: { 'index.js': 'exports.other = 1;\n' }, accepts: failed('Runtime.HandlerNotFound', 'index.handler is undefined or not exported') },
  { ref: 'NODE-054', id: 'nodejs-export-no-function', title: 'An export that is no function is not found', files: { 'index.js': 'exports.handler = 1;\n' }, accepts: failed('Runtime.HandlerNotFound', 'index.handler is not a function') },
  { ref: 'NODE-055', id: 'nodejs-export-nested', title: 'Exports inside exports are found', files: { 'a/b.js': 'exports.m = { deep: { h: async () => "ok" } };\n' }, handler: 'a/b.m.deep.h', accepts: INVOKED },
  { ref: 'NODE-056', id: 'nodejs-export-nested-missing', title: 'An export inside an empty one is not found', files: { 'a/b.js': 'exports.m = {};\n' }, handler: 'a/b.m.deep.h', accepts: failed('Runtime.HandlerNotFound', 'a/b.m.deep.h is undefined or not exported') },
  { ref: 'NODE-057', id: 'nodejs-syntax-error', title: 'A file with a syntax error is reported as such', files: { 'index.js': 'function () {}\n' }, accepts: failed('Runtime.UserCodeSyntaxError', 'SyntaxError: Function statements require a function name') },
  { ref: 'NODE-058', id: 'nodejs-module-throws', title: 'What a module throws is reported under its type', files: { 'index.js': 'throw new TypeError("boom");\n' }, accepts: [{ kind: 'init', header: 'TypeError', errorType: 'TypeError', errorMessage: 'boom' }] },
  { ref: 'NODE-059', id: 'nodejs-module-throws-text', title: 'A module that throws a text is reported as string', files: { 'index.js': 'throw "boom";\n' }, accepts: [{ kind: 'init', errorType: 'string', errorMessage: 'boom' }] },
  { ref: 'NODE-060', id: 'nodejs-dependency-missing', title: 'A dependency that is not there is an import error that names it', files: { 'index.js': 'require("nope");\n' }, accepts: failed('Runtime.ImportModuleError', /^Error: Cannot find module 'nope'\nRequire stack:\n- .*index\.js/) },
  { ref: 'NODE-061', id: 'nodejs-mjs-named-export', title: 'index.mjs with a named export is loaded', files: { 'index.mjs': OK_MODULE }, accepts: INVOKED },
  { ref: 'NODE-062', id: 'nodejs-mjs-default-export', title: 'A handler inside the default export is found by N4 and not by N3', files: { 'index.mjs': 'export default { handler: async () => "ok" };\n' }, needs: N4, accepts: INVOKED },
  { ref: 'NODE-063', id: 'nodejs-cjs', title: 'index.cjs is loaded', files: { 'index.cjs': OK }, accepts: INVOKED },
  { ref: 'NODE-064', id: 'nodejs-type-module', title: 'index.js is a module where package.json says so', files: { 'index.js': OK_MODULE, 'package.json': '{"type":"module"}' }, accepts: INVOKED },
  { ref: 'NODE-065', id: 'nodejs-js-before-mjs', title: 'Of index.js and index.mjs the first is loaded', files: { 'index.js': 'exports.handler = async () => "js";\n', 'index.mjs': 'export const handler = async () => "mjs";\n' }, accepts: [{ body: '"js"' }] },
  { ref: 'NODE-066', id: 'nodejs-package-json-malformed', title: 'A package.json that cannot be parsed fails the start', files: { 'index.js': OK, 'package.json': '{bad' }, level: 'optional', accepts: [{ kind: 'init', errorType: 'Runtime.UserCodeSyntaxError' }, { kind: 'init', errorType: 'Error' }] },
  { ref: 'NODE-067', id: 'nodejs-top-level-await', title: 'Top-level await is waited for', files: { 'index.mjs': `const value = await new Promise((done) => setTimeout(() => done("ok"), 50));\nexport const handler = async () => value;\n` }, accepts: INVOKED },
  { ref: 'NODE-068', id: 'nodejs-file-without-suffix', title: 'A file without a suffix is loaded as CommonJS', files: { index: OK }, accepts: INVOKED },
  { ref: 'NODE-069', id: 'nodejs-folder-with-index', title: 'A folder with index.js: loaded by N3, refused by N4', files: { 'src/index.js': OK }, handler: 'src.handler', level: 'optional', needs: N4, accepts: [{ kind: 'init', errorType: 'Error', errorMessage: NOT_SUPPORTED }] },
  { ref: 'NODE-070', id: 'nodejs-folder-beside-file', title: 'A folder beside the file: the file is loaded by N3, the folder refused by N4', files: { 'src.js': OK, 'src/other.txt': 'x' }, handler: 'src.handler', level: 'optional', needs: N4, accepts: [{ kind: 'init', errorType: 'Error', errorMessage: NOT_SUPPORTED }] },
  { ref: 'NODE-071', id: 'nodejs-package-handler', title: 'A package of node_modules may have the handler', files: { 'node_modules/pkg/index.js': OK, 'node_modules/pkg/package.json': '{"main":"index.js"}' }, handler: 'pkg.handler', accepts: INVOKED },
  { ref: 'NODE-072', id: 'nodejs-scoped-package-handler', title: 'A scoped package cannot have it', files: { 'node_modules/@s/p/index.js': OK }, handler: '@s/p.handler', accepts: failed('Runtime.ImportModuleError', containing("Cannot find module 'p'")) },
  { ref: 'NODE-073', id: 'nodejs-absolute-handler', title: 'An absolute path is taken as it is', files: { 'elsewhere/dist.js': OK }, handler: '{task-root}/elsewhere/dist.handler', accepts: INVOKED },
  { ref: 'NODE-074', id: 'nodejs-dot-in-folder', title: 'A folder may have a dot in its name', files: { 'v1.2/index.js': OK }, handler: 'v1.2/index.handler', accepts: INVOKED },
  { ref: 'NODE-075', id: 'nodejs-suffix-in-handler', title: 'A suffix in the handler string is taken for an export', files: js('async () => 1'), handler: 'index.js.handler', accepts: [{ kind: 'init', errorType: 'Runtime.HandlerNotFound' }] },
  { ref: 'NODE-076', id: 'nodejs-static-method', title: 'A static method of an exported class: found by N3, not by N4', files: { 'index.js': 'exports.K = class { static async h() { return "ok"; } };\n' }, handler: 'index.K.h', needs: N4, accepts: [{ kind: 'init', errorType: 'Runtime.HandlerNotFound' }] },
  { ref: 'NODE-077', id: 'nodejs-handler-detached', title: 'A handler inside an object is called without it', files: { 'index.js': 'exports.o = { v: 1, h: async function () { return this && this.v !== undefined ? this.v : null; } };\n' }, handler: 'index.o.h', accepts: [{ body: 'null' }] },
  { ref: 'NODE-078', id: 'nodejs-layer-through-node-path', title: 'CommonJS finds packages of a layer through NODE_PATH', files: { 'index.js': 'exports.handler = async () => require("layered");\n', 'layer/node_modules/layered/index.js': 'module.exports = "ok";\n' }, variables: { NODE_PATH: '{task-root}/layer/node_modules' }, accepts: INVOKED },
  { ref: 'NODE-079', id: 'nodejs-layer-from-module', title: 'A module does not', files: { 'index.mjs': 'import layered from "layered";\nexport const handler = async () => layered;\n', 'layer/node_modules/layered/index.js': 'module.exports = "ok";\n' }, variables: { NODE_PATH: '{task-root}/layer/node_modules' }, logs: /ERR_MODULE_NOT_FOUND/, accepts: [{ kind: 'init', errorType: 'Error', errorMessage: /^Cannot find package 'layered' imported from /, isLogged: true }] },
  { ref: 'NODE-080', id: 'nodejs-nearest-package-json', title: 'The nearest package.json decides', files: { 'package.json': '{"type":"module"}', 'lib/package.json': '{}', 'lib/index.js': OK }, handler: 'lib/index.handler', accepts: INVOKED },
  { ref: 'NODE-081', id: 'nodejs-typescript-ignored', title: 'TypeScript files are not considered', files: { 'index.ts': OK_MODULE }, accepts: [{ kind: 'init', errorType: 'Runtime.ImportModuleError' }] },
  { ref: 'NODE-082', id: 'nodejs-exit-while-loading', title: 'process.exit in a module ends the start with that status and nothing is posted', files: { 'index.js': 'process.exit(5);\n' }, accepts: [{ kind: 'init-exit', status: 5 }] },
  { ref: 'NODE-083', id: 'nodejs-rejection-while-loading', title: 'A stray rejection in a module: reported with 128 by N3, 1 without a report by N4', files: { 'index.js': `Promise.reject(new Error("ri"));\n${OK}` }, needs: N4, accepts: [{ kind: 'init-exit', status: 1 }] },
];

/** The other generation's half of rows that differ. */
const N3_ROWS: readonly ManagedRow[] = [
  { ref: 'NODE-062', id: 'nodejs-n3-mjs-default-export', title: 'A handler inside the default export is not found', files: { 'index.mjs': 'export default { handler: async () => "ok" };\n' }, needs: N3, accepts: [{ kind: 'init', errorType: 'Runtime.HandlerNotFound' }] },
  { ref: 'NODE-069', id: 'nodejs-n3-folder-with-index', title: 'The index.js of a folder is loaded', files: { 'src/index.js': OK }, handler: 'src.handler', needs: N3, accepts: INVOKED },
  { ref: 'NODE-070', id: 'nodejs-n3-folder-beside-file', title: 'A file is loaded although a folder has its name', files: { 'src.js': OK, 'src/other.txt': 'x' }, handler: 'src.handler', needs: N3, accepts: INVOKED },
  { ref: 'NODE-076', id: 'nodejs-n3-static-method', title: 'A static method of an exported class is found', files: { 'index.js': 'exports.K = class { static async h() { return "ok"; } };\n' }, handler: 'index.K.h', needs: N3, accepts: INVOKED },
  { ref: 'NODE-083', id: 'nodejs-n3-rejection-while-loading', title: 'A stray rejection in a module is reported and ends the process with 128', files: { 'index.js': `Promise.reject(new Error("ri"));\n${OK}` }, needs: N3, accepts: [{ kind: 'init', errorType: 'Runtime.UnhandledPromiseRejection', errorMessage: 'Error: ri', status: 128 }] },
];

function failed(errorType: string, errorMessage: unknown): [Record<string, unknown>, Record<string, unknown>] {
  return [
    { kind: 'init', errorType, errorMessage, header: errorType, status: 1 },
    { kind: 'init', errorType, errorMessage, header: errorType, status: 129 },
  ];
}

export const NODEJS_LOADING_CASES = managedCases(NODEJS, [...ROWS, ...N3_ROWS]);
