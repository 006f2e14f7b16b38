/**
 * The contenders, as data. To add one, add a row: nothing else in the bench knows any of them by name.
 *
 * Placeholders in `argv` (and `needs`): {node} {repository} {front-port} {api-port} {floor-broker} {rie}; an element that
 * is exactly {bootstrap} becomes the whole start command of the bootstrap. A broker listens on 127.0.0.1:{front-port} for
 * POST /2015-03-31/functions/function/invocations and on 127.0.0.1:{api-port} for the Runtime API.
 */

/** What is measured, what it is measured against, and what no broker can beat. */
export type Role = 'subject' | 'peer' | 'floor';

export type BrokerSpec = {
  name: string;
  role: Role;
  argv: readonly string[];
  /** Whether the broker starts the bootstrap itself (from {bootstrap}) or the bench has to. */
  bootstrap: 'started-by-broker' | 'started-by-bench';
  /** Files that must exist; without them the row is left out with `otherwise` as the reason. */
  needs: readonly string[];
  otherwise: string;
};

export const BROKERS: readonly BrokerSpec[] = [
  {
    name: 'rik',
    role: 'subject',
    argv: ['{node}', '{repository}/cli/rik.mjs', 'dev', '--listen', '127.0.0.1:{front-port}', '--runtime-api', '127.0.0.1:{api-port}', '--', '{bootstrap}'],
    bootstrap: 'started-by-broker',
    needs: ['{repository}/cli/commands/dev.ts'],
    otherwise: 'the command line has no verb `dev`',
  },
  {
    name: 'node-http',
    role: 'peer',
    argv: ['{node}', '{repository}/bench/peers/node-http-broker.mjs', '{front-port}', '{api-port}'],
    bootstrap: 'started-by-bench',
    needs: [],
    otherwise: '',
  },
  {
    name: 'rie',
    role: 'peer',
    argv: ['{rie}', '--runtime-interface-emulator-address', '127.0.0.1:{front-port}', '--runtime-api-address', '127.0.0.1:{api-port}', '{bootstrap}'],
    bootstrap: 'started-by-broker',
    needs: ['{rie}'],
    otherwise: 'no aws-lambda-rie on the PATH and none named by RIK_BENCH_RIE',
  },
  {
    name: 'floor',
    role: 'floor',
    argv: ['{floor-broker}', '{front-port}', '{api-port}'],
    bootstrap: 'started-by-bench',
    needs: ['{floor-broker}'],
    otherwise: 'the floor is written in C and there is no compiler',
  },
];

/** The whole platform, for cold starts and for the memory of its environments: serves the Lambda API on {front-port}. */
export const PLATFORM_ARGV: readonly string[] = ['{node}', '{repository}/cli/rik.mjs', 'up', '--port', '{front-port}'];

export type PlaceholderValues = Readonly<Record<string, string | readonly string[] | undefined>>;

/** Puts values into a start command. A placeholder without a value is a mistake in the table above and throws. */
export function expandArgv(argv: readonly string[], values: PlaceholderValues): string[] {
  return argv.flatMap((element) => {
    const whole = values[/^\{([a-z-]+)\}$/.exec(element)?.[1] ?? ''];
    return Array.isArray(whole) ? [...whole] : [expandText(element, values)];
  });
}

export function expandText(text: string, values: PlaceholderValues): string {
  return text.replace(/\{([a-z-]+)\}/g, (_, name: string) => {
    const value = values[name];
    if (typeof value !== 'string') throw new RangeError(`no value for {${name}} in ${text}`);
    return value;
  });
}
