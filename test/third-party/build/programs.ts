/**
 * The third-party programs, as data: what a machine must have to build one, what is fetched from its registry and what is compiled.
 * A fetch that fails says something about the network and leads to a skip; a compilation that fails is a failure.
 */
import { dirname } from 'node:path';

export type ProgramName = 'node' | 'python' | 'java' | 'go' | 'rust';

/** A program that must be on the PATH, of at least this version where one is named. */
export type Tool = { command: readonly string[]; versionAtLeast?: readonly [number, number]; from: string };

export type Step = { kind: 'fetch' | 'compile'; command: readonly string[]; variables?: Readonly<Record<string, string>> };

export type Program = {
  name: ProgramName;
  tools: readonly Tool[];
  steps: readonly Step[];
  /** What is kept of the folder in which it was built; absent: all of it. */
  keeps?: readonly string[];
};

/** The packaged Node brings its headers, so that nothing is fetched from anywhere but the registry. */
const NODE_FOLDER = dirname(dirname(process.execPath));

function goBuild(program: string, folder: string): Step {
  return { kind: 'compile', command: ['go', 'build', '-trimpath', '-buildvcs=false', '-o', program, folder], variables: { GOTOOLCHAIN: 'local', CGO_ENABLED: '0', GOFLAGS: '-mod=readonly' } };
}

/** As in pom.xml. */
const JAVA_CLIENT_VERSION = '2.9.0';

const C_COMPILER: Tool = { command: ['g++', '--version'], from: 'Debian package g++' };

export const PROGRAMS: readonly Program[] = [
  {
    name: 'node',
    tools: [
      { command: ['npm', '--version'], from: 'npm' },
      // Its installation builds curl and a client in C++, and an addon by way of a generator in Python.
      { command: ['cmake', '--version'], from: 'Debian package cmake' },
      { command: ['make', '--version'], from: 'Debian package make' },
      { command: ['python3', '--version'], versionAtLeast: [3, 8], from: 'Debian package python3' },
      C_COMPILER,
    ],
    steps: [
      { kind: 'fetch', command: ['npm', 'ci', '--ignore-scripts', '--no-audit', '--no-fund'] },
      { kind: 'compile', command: ['npm', 'rebuild', 'aws-lambda-ric', '--foreground-scripts'], variables: { npm_config_nodedir: NODE_FOLDER } },
    ],
  },
  {
    name: 'python',
    tools: [
      { command: ['python3', '--version'], versionAtLeast: [3, 9], from: 'Debian package python3' },
      { command: ['python3', '-m', 'pip', '--version'], from: 'Debian package python3-pip' },
    ],
    // The wheel has the native client in it. Where there is none for the machine's Python, that counts as not to be had.
    steps: [{ kind: 'fetch', command: ['python3', '-m', 'pip', 'install', '--no-input', '--disable-pip-version-check', '--require-hashes', '--only-binary', ':all:', '--target', 'site', '-r', 'requirements.txt'] }],
  },
  {
    name: 'java',
    tools: [
      { command: ['mvn', '--version'], from: 'Debian package maven' },
      { command: ['javac', '-version'], versionAtLeast: [11, 0], from: 'Debian package openjdk-17-jdk-headless' },
    ],
    steps: [
      { kind: 'fetch', command: ['mvn', '-q', '-B', 'org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies', '-DoutputDirectory=lib', '-DincludeScope=runtime'] },
      // Its native client, which it would unpack to one fixed place in /tmp, where two of them at once destroy each other's.
      { kind: 'compile', command: ['jar', 'xf', `lib/aws-lambda-java-runtime-interface-client-${JAVA_CLIENT_VERSION}.jar`, 'jni'] },
      { kind: 'compile', command: ['javac', '-d', 'classes', '-cp', 'lib/*', 'src/Function.java'] },
    ],
  },
  {
    name: 'go',
    tools: [{ command: ['go', 'version'], versionAtLeast: [1, 26], from: 'the Go distribution' }],
    steps: [
      { kind: 'fetch', command: ['go', 'mod', 'download'], variables: { GOTOOLCHAIN: 'local' } },
      goBuild('function', '.'),
      goBuild('conformance-function', './conformance'),
    ],
  },
  {
    name: 'rust',
    tools: [{ command: ['cargo', '--version'], versionAtLeast: [1, 84], from: 'the Rust distribution' }, C_COMPILER],
    steps: [
      { kind: 'fetch', command: ['cargo', 'fetch', '--locked'] },
      { kind: 'compile', command: ['cargo', 'build', '--locked', '--offline'], variables: { CARGO_TARGET_DIR: 'target' } },
    ],
    keeps: ['target/debug/function', 'target/debug/extension', 'target/debug/subscriber', 'target/debug/conformance'],
  },
];
