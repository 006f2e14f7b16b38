/** Creates functions as fast as it can until it is killed: `node create-until-killed.ts STATE_DIR ROUND`. Prints each that was accepted. */
import { call, createRequest, FUNCTIONS, startControlPlane, zipOf } from './support.ts';

const [stateDir = '', round = ''] = process.argv.slice(2);
const { origin } = await startControlPlane({ stateDir });
process.stdout.write('ready\n');
for (let index = 0; ; index += 1) {
  const name = `f-${round}-${index}`;
  // Large enough that a kill finds writing and unpacking half done.
  const files = Object.fromEntries(Array.from({ length: 40 }, (_, file) => [`d${file}/f.txt`, `${name} ${file} `.repeat(500)]));
  const ZipFile = (await zipOf(files)).toString('base64');
  const { status, json } = await call(origin, 'POST', FUNCTIONS, await createRequest(name, { Code: { ZipFile } }));
  if (status !== 201) throw new Error(`creation was answered ${status}`);
  process.stdout.write(`${name} ${String(json['CodeSha256'])}\n`);
}
