/** The report of `rik doctor` for people: a line per finding, what to do below those that lack something, then the verdict. */

import { renderTable, type Output } from '../output.ts';
import type { Examination } from './examine-machine.ts';
import type { Finding, Host } from './finding.ts';

export function renderExamination(examination: Examination, options: { paint: Output['paint']; isRoot: boolean; isDebian: boolean }): string[] {
  const rows = examination.findings.map((finding) => [finding.status, finding.name, finding.found]);
  const table = renderTable(['STATUS', 'CHECK', 'FOUND'], rows);
  const lines = [table[0] ?? ''];
  examination.findings.forEach((finding, index) => {
    lines.push(paintStatus(table[index + 1] ?? '', finding, options.paint));
    const fix = fixOf(finding, options);
    if (fix !== undefined) lines.push(`${' '.repeat(9)}${finding.needed === 'optional' ? 'optional; ' : ''}fix: ${fix}`);
  });
  const packages = missingPackages(examination.findings);
  if (packages.length > 0) lines.push('', `Everything that is missing: ${installCommand(packages, options)}`);
  lines.push('', examination.isReady ? 'This machine can run functions.' : 'This machine cannot run functions yet.');
  return lines;
}

/** Packages of what is required first; each once. */
export function missingPackages(findings: readonly Finding[]): string[] {
  const lacking = findings.filter((finding) => finding.status === 'missing').sort((a, b) => Number(a.needed === 'optional') - Number(b.needed === 'optional'));
  return [...new Set(lacking.flatMap((finding) => finding.debianPackage ?? []))];
}

export function installCommand(packages: readonly string[], host: Pick<Host, 'isRoot'> & { isDebian: boolean }): string {
  if (!host.isDebian) return `what Debian calls ${packages.join(', ')}, by this system's own package manager`;
  return `${host.isRoot ? '' : 'sudo '}apt-get install --yes --no-install-recommends ${packages.join(' ')}`;
}

export function fixOf(finding: Finding, host: Pick<Host, 'isRoot'> & { isDebian: boolean }): string | undefined {
  if (finding.status === 'ok') return undefined;
  return finding.fix ?? (finding.debianPackage === undefined ? undefined : installCommand([finding.debianPackage], host));
}

function paintStatus(line: string, finding: Finding, paint: Output['paint']): string {
  const colour = finding.status === 'ok' ? 'green' : finding.needed === 'required' ? 'red' : 'yellow';
  return `${paint(colour, finding.status)}${line.slice(finding.status.length)}`;
}
