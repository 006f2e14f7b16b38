/** The tables against the kernel's own headers, where they are installed (Debian: linux-libc-dev). */
import { existsSync, readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { tableOf } from '../../../../../platform/isolation/seccomp/system-call-table.ts';
import { ARM64_SYSTEM_CALLS } from '../../../../../platform/isolation/seccomp/system-calls-arm64.ts';
import { X86_64_SYSTEM_CALLS } from '../../../../../platform/isolation/seccomp/system-calls-x86-64.ts';

const X86_64_HEADERS = ['/usr/include/x86_64-linux-gnu/asm/unistd_64.h', '/usr/include/asm/unistd_64.h'];
const GENERIC_HEADER = '/usr/include/asm-generic/unistd.h';
/** Names of the generic header that are spelled by a macro for 64-bit systems, and the 32-bit-only block. */
const RENAMED: Record<string, string> = { fstatat: 'newfstatat', sync_file_range2: 'sync_file_range' };
const LAST_KNOWN = 450;

const test = suite('platform/isolation/seccomp/system-call-table');

function numbersIn(header: string): Map<string, number> {
  const found = new Map<string, number>();
  for (const [, , name, digits] of readFileSync(header, 'utf8').matchAll(/^#define __NR(3264)?_(\w+)\s+(\d+)$/gm)) found.set(name ?? '', Number(digits));
  return found;
}

const x86Header = X86_64_HEADERS.find((path) => existsSync(path));
if (x86Header === undefined) {
  test.skip('x86-64 numbers equal the installed headers (no headers)', () => undefined);
  console.log('skip: kernel headers for x86-64 are not installed');
} else {
  test('x86-64 numbers equal the installed headers', () => {
    const header = numbersIn(x86Header);
    for (const [name, number] of X86_64_SYSTEM_CALLS.numberOf) if (header.has(name)) assert.is(header.get(name), number, name);
    for (const [name, number] of header) if (number <= LAST_KNOWN) assert.is(X86_64_SYSTEM_CALLS.numberOf.get(name), number, name);
  });
}

if (!existsSync(GENERIC_HEADER)) {
  test.skip('arm64 numbers equal the generic header (no headers)', () => undefined);
  console.log('skip: generic kernel headers are not installed');
} else {
  test('arm64 numbers equal the generic header', () => {
    const header = numbersIn(GENERIC_HEADER);
    for (const [name, number] of header) {
      const isFor32Bit = number >= 403 && number <= 423;
      if (number > LAST_KNOWN || isFor32Bit || ['syscalls', 'arch_specific_syscall'].includes(name)) continue;
      assert.is(ARM64_SYSTEM_CALLS.numberOf.get(RENAMED[name] ?? name), number, name);
    }
  });
}

test('no number is used twice in a table', () => {
  for (const { numberOf } of [X86_64_SYSTEM_CALLS, ARM64_SYSTEM_CALLS]) assert.is(new Set(numberOf.values()).size, numberOf.size);
});

test('runs count up from their first number', () => {
  const { numberOf } = tableOf({ auditArchitecture: 1, runs: [[5, ' a b\n c '], [100, 'd']] });
  assert.equal([...numberOf], [['a', 5], ['b', 6], ['c', 7], ['d', 100]]);
});

test.run();
