/** Chooses the rows of subjects.ts that can run on this machine, and says why the others cannot. */
import { access } from 'node:fs/promises';
import { benchError } from './errors.ts';
import { REPOSITORY_FOLDER } from './repository-folder.ts';
import { BROKERS, expandText, type BrokerSpec, type PlaceholderValues } from './subjects.ts';
import { findProgram, type Tools } from './tools.ts';

export type Selection = { brokers: BrokerSpec[]; values: PlaceholderValues; notes: string[] };

export async function selectBrokers(options: {
  tools: Tools;
  only: readonly string[];
  added: readonly { name: string; argv: string[] }[];
  searchPath: string;
  rieNamed: string | undefined;
}): Promise<Selection> {
  const values: PlaceholderValues = {
    node: process.execPath,
    repository: REPOSITORY_FOLDER,
    'floor-broker': options.tools.floorBroker?.[0],
    rie: options.rieNamed ?? (await findProgram(['aws-lambda-rie'], options.searchPath)),
  };
  const known = [...options.added.map(toSpec), ...BROKERS];
  const stranger = options.only.find((name) => !known.some((spec) => spec.name === name));
  if (stranger !== undefined) throw benchError('bench/bad-argument', `no contender is called ${JSON.stringify(stranger)}; there are ${known.map((spec) => spec.name).join(', ')}`);

  const brokers: BrokerSpec[] = [];
  const notes: string[] = [];
  for (const spec of known) {
    if (options.only.length > 0 && !options.only.includes(spec.name)) continue;
    if (await canRun(spec, values)) brokers.push(spec);
    else if (options.only.includes(spec.name)) throw benchError('bench/subject-missing', `${spec.name} cannot be measured: ${spec.otherwise}`);
    else notes.push(`${spec.name} is left out: ${spec.otherwise}`);
  }
  return { brokers, values, notes };
}

/** A contender of the command line is a subject; whether it starts the bootstrap shows in its arguments. */
function toSpec(added: { name: string; argv: string[] }): BrokerSpec {
  const bootstrap = added.argv.includes('{bootstrap}') ? 'started-by-broker' : 'started-by-bench';
  return { name: added.name, role: 'subject', argv: added.argv, bootstrap, needs: [], otherwise: '' };
}

async function canRun(spec: BrokerSpec, values: PlaceholderValues): Promise<boolean> {
  for (const need of spec.needs) {
    try {
      await access(expandText(need, values));
    } catch {
      return false;
    }
  }
  return true;
}
