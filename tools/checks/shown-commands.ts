/** The commands that documents show in ```sh blocks, held against what there is to be called. Pure. */

export type KnownCommands = {
  /** Of package.json. */
  npmScripts: readonly string[];
  /** Of the command line, such as `function create`; undefined while there is none to ask. */
  verbs: readonly string[] | undefined;
  /** True when a path of the repository exists. */
  exists: (path: string) => boolean;
};

/** Programs that documents may name beside ours: they are on every machine that rik is used on, or the text is about them. */
const FOREIGN_PROGRAMS: ReadonlySet<string> = new Set(['git', 'cd', 'curl', 'apt-get', 'sudo', 'aws', 'sam', 'cat', 'echo', 'export', 'mkdir', 'cp', 'chmod', 'zip', 'unzip', 'kill', 'jq', 'ls']);
/** What npm itself does, without a script of ours. */
const NPM_VERBS: ReadonlySet<string> = new Set(['ci', 'install', 'pack', 'config']);

export function findUnknownCommands(document: string, markdown: string, known: KnownCommands): string[] {
  const findings: string[] = [];
  for (const [, block = ''] of markdown.matchAll(/^```sh\n([\s\S]*?)^```$/gm)) {
    for (const command of splitCommands(block)) {
      const problem = findProblem(command, known);
      if (problem !== undefined) findings.push(`${document}: "${command.join(' ')}": ${problem}`);
    }
  }
  return findings;
}

/** Words of each command; continuation lines are joined, comments, prompts and variable settings dropped. */
export function splitCommands(block: string): string[][] {
  return block
    .replace(/\\\n/g, ' ')
    .split('\n')
    .map((line) => line.replace(/^\$ /, '').replace(/(^|\s)#.*$/, '').trim())
    .flatMap((line) => line.split(/\s(?:&&|\|\|?|;)\s/))
    .map((part) => part.trim().split(/\s+/).filter((word) => word !== ''))
    .map((words) => words.slice(words.findIndex((word) => !/^[A-Z_][A-Z0-9_]*=/.test(word))))
    .filter((words) => words.length > 0 && words[0] !== '');
}

function findProblem(words: readonly string[], known: KnownCommands): string | undefined {
  const [program = '', ...rest] = words;
  if (program === 'npx' && rest[0] === 'rik') return findVerbProblem(rest.slice(1), known);
  if (program === 'rik') return findVerbProblem(rest, known);
  if (program === 'npm') return findScriptProblem(rest, known);
  if (program === 'node') return rest[0] !== undefined && /\.(ts|mjs)$/.test(rest[0]) && !known.exists(rest[0]) ? `there is no ${rest[0]}` : undefined;
  if (program.startsWith('.') || program.includes('/')) return known.exists(program) ? undefined : `there is no ${program}`;
  return FOREIGN_PROGRAMS.has(program) ? undefined : 'this program is not known to be there';
}

function findScriptProblem(words: readonly string[], known: KnownCommands): string | undefined {
  const [verb = '', name = ''] = words;
  const script = verb === 'run' ? name : verb;
  if (verb !== 'run' && NPM_VERBS.has(verb)) return undefined;
  return known.npmScripts.includes(script) ? undefined : `package.json has no script "${script}"`;
}

function findVerbProblem(words: readonly string[], known: KnownCommands): string | undefined {
  if (known.verbs === undefined || words.length === 0 || words[0]?.startsWith('-') || words[0] === 'help') return undefined;
  const isKnown = known.verbs.some((verb) => verb.split(' ').every((part, index) => words[index] === part));
  return isKnown ? undefined : `rik has no verb "${words[0] ?? ''}"`;
}
