/** The verbs, in the order in which help shows them. Adding one is a file in this folder and a line in each list. */

import type { Verb, VerbGroup } from '../verb.ts';
import { conformanceBadge } from './conformance-badge.ts';
import { conformanceList } from './conformance-list.ts';
import { conformanceRun } from './conformance-run.ts';
import { dev } from './dev.ts';
import { doctor } from './doctor.ts';
import { examples } from './examples.ts';
import { functionCreate } from './function-create.ts';
import { functionLs } from './function-ls.ts';
import { functionRm } from './function-rm.ts';
import { functionShow } from './function-show.ts';
import { functionUpdate } from './function-update.ts';
import { imageBuild } from './image-build.ts';
import { imageLs } from './image-ls.ts';
import { invoke } from './invoke.ts';
import { runtimeCheck } from './runtime-check.ts';
import { runtimeNew } from './runtime-new.ts';
import { runtimePackage } from './runtime-package.ts';
import { up } from './up.ts';

export const VERB_GROUPS: readonly VerbGroup[] = [
  { name: 'conformance', summary: 'Whether a runtime or a Runtime API server does what Lambda documents' },
  { name: 'function', summary: 'Functions of the running platform' },
  { name: 'image', summary: 'Images that the runtimes are in' },
  { name: 'runtime', summary: 'Custom runtimes of your own' },
];

export const VERBS: readonly Verb[] = [up, invoke, dev, examples, doctor, functionCreate, functionUpdate, functionLs, functionShow, functionRm, imageBuild, imageLs, runtimeNew, runtimeCheck, runtimePackage, conformanceRun, conformanceList, conformanceBadge];
