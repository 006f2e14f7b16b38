/** The README of a new custom runtime. */
import type { Starter } from './starters.ts';

export function renderStarterReadme(name: string, { language, needsToBuild, needsToRun, build, functionFile, note, conformance }: Starter): string {
  const makes = build === undefined ? '' : `${build}\n`;
  const needs = [
    needsToBuild === undefined ? undefined : `To build: ${needsToBuild}.`,
    needsToRun === undefined ? 'The program is static and needs nothing of its environment.' : `To run: ${needsToRun}, from the image or a layer; the OS-only images bring little.`,
  ];
  return `# ${name}

A custom runtime for AWS Lambda and rik (\`provided.al2023\`) in ${language}. \`bootstrap\` is what the platform starts; the function is
in \`${functionFile}\`. ${needs.filter((need) => need !== undefined).join(' ')}${note === undefined ? '' : ` ${note}`}

\`\`\`sh
${makes}_HANDLER=function.handler npx rik dev -- ./bootstrap
curl -d '{"name":"you"}' http://127.0.0.1:8080/2015-03-31/functions/function/invocations
\`\`\`

An event with \`"fail":true\` shows what an error of the function looks like, a handler that is not there
(\`_HANDLER=function.missing\`) what an error of the initialisation looks like.

The runtime does what the Runtime API asks of it: one connection or one call at a time, no time-out for \`next\`, the response before the
following \`next\`, errors with their type in the header, \`init/error\` and an exit status when the handler cannot be loaded, and
an end when the platform answers 5xx. Whether it still does after your changes:

\`\`\`sh
npx rik runtime check .
\`\`\`

That builds it, packs it and runs the conformance cases about runtimes on the package; \`runtime.json\` says how. One case with
everything that went over the wire:

\`\`\`sh
npx rik conformance run --bootstrap . --function echo=${conformance?.echo ?? 'function.echo'} --function fail=${conformance?.fail ?? 'function.fail'} --case RUN-008 --exchange
\`\`\`

To deploy, a zip file with everything, and \`function.handler\` as handler; to share the runtime, a layer without the function:

\`\`\`sh
npx rik runtime package . --output ${name}.zip
npx rik runtime package . --layer --output ${name}-layer.zip
\`\`\`
`;
}
