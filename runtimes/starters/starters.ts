/** What differs between the starters: one row per folder beside this file. */

export type Starter = {
  language: string;
  /** What the machine that builds has to have. */
  needsToBuild?: string;
  /** What the environment has to have; nothing for static programs. */
  needsToRun?: string;
  /** Makes `bootstrap`. */
  build?: string;
  /** Where the author goes on. */
  functionFile: string;
  /** Files of other folders: name → place, from this folder. */
  borrowed?: Readonly<Record<string, string>>;
  note?: string;
  /** Beside `bootstrap`, what the build makes for the package; without a build every file is in it. */
  built?: readonly string[];
  /** Handler strings of the two functions that the conformance suite asks for, where they are not `function.echo` and `function.fail`. */
  conformance?: { echo?: string; fail?: string };
};

export const STARTERS = {
  shell: { language: 'POSIX shell', needsToRun: 'a shell and curl', functionFile: 'function.sh', borrowed: { bootstrap: '../../examples/provided-shell/bootstrap' }, conformance: { echo: 'function.echo_event' } },
  typescript: {
    language: 'TypeScript with `rik/sdk`',
    needsToBuild: 'Node 20 or later and npm',
    needsToRun: 'Node 20 or later',
    build: './build.sh',
    built: ['index.mjs'],
    functionFile: 'index.ts',
    note: 'It also runs by itself: `echo \'{"name":"you"}\' | node index.ts --event -` (Node 24).',
  },
  javascript: { language: 'JavaScript without dependencies', needsToRun: 'Node 20 or later', functionFile: 'function.mjs' },
  python: { language: 'Python', needsToRun: 'Python 3.9 or later', functionFile: 'function.py' },
  perl: { language: 'Perl', needsToRun: 'Perl with its core modules (Debian: `perl`)', functionFile: 'function.pl' },
  ruby: { language: 'Ruby', needsToRun: 'Ruby 3.0 or later (Debian: `ruby`)', functionFile: 'function.rb', conformance: { fail: 'function.failing' } },
  php: { language: 'PHP', needsToRun: 'PHP 8.1 or later (Debian: `php-cli`)', functionFile: 'function.php', conformance: { echo: 'function.echo_event' } },
  lua: { language: 'Lua', needsToRun: 'Lua 5.4 and LuaSocket (Debian: `lua5.4`, `lua-socket`)', functionFile: 'function.lua', note: 'Event and response are text: Lua brings no JSON.' },
  go: { language: 'Go', needsToBuild: 'Go 1.19 or later', build: './build.sh', functionFile: 'function.go' },
  rust: {
    language: 'Rust',
    needsToBuild: 'Rust 1.70 or later and cargo',
    needsToRun: 'a C library as new as that of the machine that built it',
    build: './build.sh',
    functionFile: 'src/function.rs',
    note: 'Event and response are text: the standard library has no JSON.',
  },
  c: { language: 'C', needsToBuild: 'a C compiler (Debian: `gcc`, `libc6-dev`)', needsToRun: 'a C library as new as that of the machine that built it', build: './build.sh', functionFile: 'function.c', note: 'Event and response are text.' },
} as const satisfies Readonly<Record<string, Starter>>;

export type StarterLanguage = keyof typeof STARTERS;
