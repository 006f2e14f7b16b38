/** Debian control paragraphs (deb-control(5)) as far as packages and release files need them. */
import { imagesError } from '../errors.ts';

/** Field names in lower case; continuation lines are kept with their line breaks. */
export function parseControl(text: string): Map<string, string> {
  const fields = new Map<string, string>();
  let last: string | undefined;
  for (const line of text.replace(/\n+$/, '').split('\n')) {
    if (/^[ \t]/.test(line) && last !== undefined) {
      fields.set(last, `${fields.get(last) ?? ''}\n${line}`);
      continue;
    }
    const colon = line.indexOf(':');
    const name = line.slice(0, colon).toLowerCase();
    if (colon <= 0 || !/^[!-9;-~]+$/.test(name) || name.startsWith('-')) throw malformed('a control line has no field name');
    if (fields.has(name)) throw malformed(`the field ${name} stands twice in a control paragraph`);
    fields.set(name, line.slice(colon + 1).trim());
    last = name;
  }
  return fields;
}

export type PackageFacts = {
  name: string;
  version: string;
  architecture: string;
  /** The source package and version, which vulnerability data is keyed by (`images-and-layers.md` §8.5). */
  source: string;
  sourceVersion: string;
  isMultiArchSame: boolean;
};

export function packageFacts(controlText: string): PackageFacts {
  const fields = parseControl(controlText);
  const need = (name: string, form: RegExp): string => {
    const value = fields.get(name) ?? '';
    if (!form.test(value)) throw malformed(`the field ${name} of a package is ${value === '' ? 'missing' : 'not well-formed'}`);
    return value;
  };
  // Names and versions as in the Debian policy manual, §5.6.1 and §5.6.12; they become file names below.
  const name = need('package', /^[a-z0-9][a-z0-9+.-]+$/);
  const version = need('version', /^[0-9A-Za-z.+:~-]+$/);
  const source = /^([a-z0-9][a-z0-9+.-]+)(?: \(([0-9A-Za-z.+:~-]+)\))?$/.exec(fields.get('source') ?? name);
  if (source?.[1] === undefined) throw malformed(`the source field of ${name} is not well-formed`);
  return {
    name,
    version,
    architecture: need('architecture', /^[a-z0-9-]+$/),
    source: source[1],
    sourceVersion: source[2] ?? version,
    isMultiArchSame: fields.get('multi-arch') === 'same',
  };
}

export type ReleaseFacts = { suite: string; codename: string; dateEpochS: number; validUntilEpochS: number | null };

/** Facts of a signed release file whose signature apt has checked. */
export function releaseFacts(inRelease: string): ReleaseFacts {
  const body = inRelease.replace(/^-----BEGIN PGP SIGNED MESSAGE-----\n(?:.+\n)*\n/, '').replace(/\n-----BEGIN PGP SIGNATURE-----[\s\S]*$/, '\n');
  const fields = parseControl(body);
  const epochS = (text: string | undefined): number => Math.floor(Date.parse(text ?? '') / 1000);
  const dateEpochS = epochS(fields.get('date'));
  if (Number.isNaN(dateEpochS)) throw malformed('a release file has no date');
  const validUntil = fields.get('valid-until');
  return { suite: fields.get('suite') ?? '', codename: fields.get('codename') ?? '', dateEpochS, validUntilEpochS: validUntil === undefined ? null : epochS(validUntil) };
}

function malformed(what: string): Error {
  return imagesError('images/package-malformed', `a Debian package or index cannot be used: ${what}`);
}
