/**
 * Writes dpkg's database for packages that were unpacked without dpkg, so that scanners and people see what is inside.
 * No maintainer script has run; `Status: install ok installed` is still the truthful state for these packages, because
 * `base-layer.ts` does what their scripts would have done (`images-and-layers.md` §3.1).
 */
import { packageFacts } from './control-file.ts';

export type UnpackedPackage = {
  /** Text of the archive's `control`. */
  control: string;
  /** Text of the archive's `md5sums`, when it has one. */
  md5sums: string | undefined;
  /** Every path in the archive, in its order, as the archive spells it (`./usr/bin/x`, folders with a slash). */
  paths: string[];
};

/** `var/lib/dpkg/status`: the paragraphs in the order given, which is the byte order of the archives' file names. */
export function dpkgStatus(packages: UnpackedPackage[]): string {
  return packages.map(({ control }) => `${withStatus(control)}\n\n`).join('');
}

/** `info/<name>.list` and `info/<name>.md5sums` of one package, by path below `var/lib/dpkg`. */
export function dpkgInfoFiles(unpacked: UnpackedPackage): Map<string, string> {
  const facts = packageFacts(unpacked.control);
  // dpkg tells co-installable packages apart by architecture (dpkg, lib/dpkg/dbdir and `pkg_infodb_get_file`).
  const stem = facts.isMultiArchSame ? `info/${facts.name}:${facts.architecture}` : `info/${facts.name}`;
  const files = new Map([[`${stem}.list`, unpacked.paths.map((path) => `${listPath(path)}\n`).join('')]]);
  if (unpacked.md5sums !== undefined) files.set(`${stem}.md5sums`, unpacked.md5sums);
  return files;
}

/** dpkg puts the state directly after the name. */
function withStatus(control: string): string {
  packageFacts(control);
  const lines = control.replace(/\n+$/, '').split('\n').filter((line) => !/^status:/i.test(line));
  const name = lines.findIndex((line) => /^package:/i.test(line));
  return [lines[name], 'Status: install ok installed', ...lines.slice(0, name), ...lines.slice(name + 1)].join('\n');
}

function listPath(path: string): string {
  const clean = path.replace(/^\.?\/*/, '').replace(/\/+$/, '');
  return clean === '' ? '/.' : `/${clean}`;
}
