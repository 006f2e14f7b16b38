/** What every check of the repository is: a name and a function that returns its findings, one sentence each. */

export type Check = { name: string; run: () => Promise<string[]> };

/** For a check that is called by itself: prints the findings, or that there are none, and sets the exit code. */
export async function runAsProgram(check: Check): Promise<void> {
  const findings = await check.run();
  for (const finding of findings) console.log(finding);
  console.log(describeCheck(check, findings));
  process.exitCode = findings.length === 0 ? 0 : 1;
}

export function describeCheck(check: Check, findings: readonly string[]): string {
  return findings.length === 0 ? `ok   check ${check.name}` : `FAIL check ${check.name}: ${findings.length} findings`;
}
