/** The names one processor architecture has in Lambda, Debian, npm, OCI and ELF. */
import { imagesError } from './errors.ts';

export type Architecture = 'x86_64' | 'arm64';

export type ArchitectureNames = {
  /** Debian's architecture name. */
  debian: string;
  /** Debian's multiarch directory name. */
  triplet: string;
  /** Suffix of the npm registry's Node binary packages. */
  npm: string;
  /** `architecture` in an OCI image configuration (Go's name). */
  oci: string;
  /** `e_machine` of an ELF header (ELF gABI, table of machines). */
  elfMachine: number;
};

export const ARCHITECTURES = {
  x86_64: { debian: 'amd64', triplet: 'x86_64-linux-gnu', npm: 'x64', oci: 'amd64', elfMachine: 0x3e },
  arm64: { debian: 'arm64', triplet: 'aarch64-linux-gnu', npm: 'arm64', oci: 'arm64', elfMachine: 0xb7 },
} as const satisfies Record<Architecture, ArchitectureNames>;

/** This machine's architecture; byte code and class data are made by running the image's own programs, so only it is built. */
export function hostArchitecture(nodeArchitecture: string = process.arch): Architecture {
  if (nodeArchitecture === 'x64') return 'x86_64';
  if (nodeArchitecture === 'arm64') return 'arm64';
  throw imagesError('images/architecture-unsupported', `images are built on x86-64 and arm64 only, this machine is ${nodeArchitecture}`);
}
