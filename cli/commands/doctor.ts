/** `rik doctor`: what this machine can and cannot do, and what to install. */

import { JSON_OPTION } from '../shared-options.ts';
import type { Verb } from '../verb.ts';

export const doctor: Verb = {
  name: 'doctor',
  summary: 'Say what this machine can and cannot do, and what to install',
  description:
    'Namespaces, the system-call filter and control groups are tried, not looked up. Each line says ok or missing, with the package or command that mends it. Ends with 0 when functions can run and images can be built here, else with 3 (ENVIRONMENT).',
  arguments: [],
  options: [JSON_OPTION],
  examples: [{ says: 'What is missing, for a script', command: "rik doctor --json | jq -r '.findings[] | select(.status == \"missing\") | .name'" }],
  run: async ({ output, environment }) => {
    const { examineHost, thisHost } = await import('../doctor/examine-machine.ts');
    const { isDebianLike, readOsRelease } = await import('../doctor/machine.ts');
    const { fixOf, missingPackages, renderExamination } = await import('../doctor/render-examination.ts');
    const host = thisHost(environment);
    const system = { isRoot: host.isRoot, isDebian: isDebianLike(readOsRelease()) };
    const examination = await examineHost(host);
    output.report({
      json: () => ({
        ready: examination.isReady,
        missingPackages: missingPackages(examination.findings),
        findings: examination.findings.map(({ name, status, needed, found, ...rest }) => {
          const fix = fixOf({ name, status, needed, found, ...rest }, system);
          return { name, status, needed, found, ...(fix === undefined ? {} : { fix }) };
        }),
      }),
      people: () => renderExamination(examination, { paint: output.paint, ...system }),
    });
    return examination.isReady ? 'OK' : 'ENVIRONMENT';
  },
};
