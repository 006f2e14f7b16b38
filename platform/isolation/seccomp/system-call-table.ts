/** A system-call table: names by number, kept as runs of consecutive numbers so that it can be read beside the kernel's own. */

export type SystemCallTable = {
  /** AUDIT_ARCH_* of <linux/audit.h>: what the kernel puts into `seccomp_data.arch`. */
  auditArchitecture: number;
  numberOf: ReadonlyMap<string, number>;
};

export function tableOf(data: { auditArchitecture: number; runs: readonly (readonly [first: number, names: string])[] }): SystemCallTable {
  const numberOf = new Map<string, number>();
  for (const [first, names] of data.runs) {
    names.trim().split(/\s+/).forEach((name, index) => numberOf.set(name, first + index));
  }
  return { auditArchitecture: data.auditArchitecture, numberOf };
}
