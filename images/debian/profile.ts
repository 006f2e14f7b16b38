/** What the Debian base holds: package sets per suite and profile, as data (`images-and-layers.md` §2.5, §3.1). */
import { imagesError } from '../errors.ts';

export type DebianProfile = {
  suite: string;
  release: string;
  /** From trixie on the top folders are links into `/usr`. */
  isUsrMerged: boolean;
  packages: readonly string[];
  /**
   * Packages that apt takes in as dependencies and whose programs nothing here needs: they serve maintainer scripts,
   * which do not run (dpkg and its libraries), or hash links in the certificate folder (openssl).
   */
  exclude: readonly string[];
};

// dash is the entry point's shell; zlib1g is what jlink's libzip needs; ca-certificates gives the bundle.
const SLIM_PACKAGES = ['base-files', 'base-passwd', 'ca-certificates', 'dash', 'libc6', 'libgcc-s1', 'libstdc++6', 'netbase', 'tzdata', 'zlib1g'] as const;
const SCRIPT_HELPERS = ['debianutils', 'dpkg', 'libacl1', 'libbz2-1.0', 'liblzma5', 'libmd0', 'libzstd1', 'openssl', 'tar'] as const;

const PROFILES: readonly DebianProfile[] = [
  { suite: 'bookworm', release: '12', isUsrMerged: false, packages: SLIM_PACKAGES, exclude: [...SCRIPT_HELPERS, 'libssl3'] },
  { suite: 'trixie', release: '13', isUsrMerged: true, packages: SLIM_PACKAGES, exclude: [...SCRIPT_HELPERS, 'libssl3t64', 'openssl-provider-legacy'] },
];

export function debianProfile(suite: string): DebianProfile {
  const profile = PROFILES.find((known) => known.suite === suite);
  if (profile === undefined) throw imagesError('images/recipe-invalid', `the Debian base has no profile for the suite ${suite}`);
  return profile;
}
