/** `node tools/check.ts`: every check of the repository, a line each and the findings of those that fail. */

import { checkBans } from './check-bans.ts';
import { checkDocs } from './check-docs.ts';
import { checkExports } from './check-exports.ts';
import { checkImports } from './check-imports.ts';
import { checkTypes } from './check-types.ts';
import { checkWire } from './check-wire.ts';
import { describeCheck, type Check } from './checks/check.ts';

export const CHECKS: readonly Check[] = [checkTypes, checkImports, checkExports, checkDocs, checkWire, checkBans];

/** Returns how many passed and failed; a check that throws has failed with what it threw. */
export async function runChecks(print: (line: string) => void, checks: readonly Check[] = CHECKS): Promise<{ passed: number; failed: number }> {
  let failed = 0;
  for (const check of checks) {
    const findings = await check.run().catch((error: unknown) => [error instanceof Error ? (error.stack ?? error.message) : String(error)]);
    if (findings.length > 0) failed += 1;
    for (const finding of findings) print(`     ${finding}`);
    print(describeCheck(check, findings));
  }
  return { passed: checks.length - failed, failed };
}

if (import.meta.main) {
  const { failed } = await runChecks((line) => console.log(line));
  process.exitCode = failed === 0 ? 0 : 1;
}
