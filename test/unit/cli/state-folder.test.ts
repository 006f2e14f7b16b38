import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { stateFolder } from '../../../cli/state-folder.ts';

const test = suite('cli/state-folder');

for (const [title, environment, userId, folder] of [
  ['root has the folder of the machine', { HOME: '/root', XDG_DATA_HOME: '/x' }, 0, '/var/lib/rik'],
  ['anybody else has one in the data home', { HOME: '/home/a', XDG_DATA_HOME: '/data' }, 1000, '/data/rik'],
  ['the data home defaults to one below the home', { HOME: '/home/a' }, 1000, '/home/a/.local/share/rik'],
  ['a relative data home is ignored', { HOME: '/home/a', XDG_DATA_HOME: 'data' }, 1000, '/home/a/.local/share/rik'],
  ['RIK_HOME wins for everybody', { RIK_HOME: '/srv/rik', HOME: '/root' }, 0, '/srv/rik'],
  ['an empty RIK_HOME counts as none', { RIK_HOME: '', HOME: '/root' }, 0, '/var/lib/rik'],
] as const) {
  test(title, () => assert.is(stateFolder(environment, userId), folder));
}

test.run();
