/**
 * Builds the system-call filter as the bytes that seccomp takes: 8-byte records `u16 code, u8 jt, u8 jf, u32 k`
 * (<linux/filter.h>) over `struct seccomp_data` (<linux/seccomp.h>): number at 0, architecture at 4, argument i at 16 + 8i.
 * The records are little-endian because both architectures are. Only low words of arguments are looked at: every
 * checked argument is an `int` or a flag word of which the kernel uses 32 bits, too.
 */
import type { Architecture } from '../backend.ts';
import * as policy from './filter-policy.ts';
import type { CheckedCall } from './filter-policy.ts';
import { ARM64_SYSTEM_CALLS } from './system-calls-arm64.ts';
import { X86_64_SYSTEM_CALLS } from './system-calls-x86-64.ts';
import type { SystemCallTable } from './system-call-table.ts';

type Instruction = { code: number; jumpTrue: number; jumpFalse: number; k: number };

const LOAD_WORD = 0x20;
const AND = 0x54;
const JUMP_ALWAYS = 0x05;
const JUMP_IF_EQUAL = 0x15;
const JUMP_IF_AT_LEAST = 0x35;
const JUMP_IF_ANY_BIT = 0x45;
const RETURN = 0x06;

const ALLOW = 0x7fff0000;
const ERRNO = 0x00050000;
const KILL_PROCESS = 0x80000000;

const NUMBER_OFFSET = 0;
const ARCHITECTURE_OFFSET = 4;
const ARGUMENTS_OFFSET = 16;
/** Numbers from here on are the x32 calls of x86-64, a second way into the same kernel functions. */
const X32_FIRST_NUMBER = 0x40000000;
const JUMP_DISTANCE_MAX = 255;
/** BPF_MAXINSNS of <linux/bpf_common.h>. */
const INSTRUCTIONS_MAX = 4096;

export const SYSTEM_CALL_TABLES: Record<Architecture, SystemCallTable> = { x86_64: X86_64_SYSTEM_CALLS, arm64: ARM64_SYSTEM_CALLS };

export function filterProgram(architecture: Architecture): Buffer {
  const table = SYSTEM_CALL_TABLES[architecture];
  const program = [
    load(ARCHITECTURE_OFFSET),
    jump(JUMP_IF_EQUAL, table.auditArchitecture, { whenTrue: 1, whenFalse: 0 }),
    give(KILL_PROCESS),
    load(NUMBER_OFFSET),
    ...(architecture === 'x86_64' ? [jump(JUMP_IF_AT_LEAST, X32_FIRST_NUMBER, { whenTrue: 0, whenFalse: 1 }), give(KILL_PROCESS)] : []),
    ...decisionTree(runsOf(table)),
  ];
  if (program.length > INSTRUCTIONS_MAX) throw new RangeError(`the filter has ${program.length} records; the kernel takes ${INSTRUCTIONS_MAX}`);
  return encode(program);
}

/** What happens for numbers from `first` up to the next run. */
type Run = { first: number; action: Action };
type Action = 'allow' | 'deny' | 'absent' | CheckedCall;

function runsOf(table: SystemCallTable): Run[] {
  const actionOf = new Map([...table.numberOf].map(([name, number]) => [number, actionFor(name)]));
  const last = Math.max(...actionOf.keys());
  const runs: Run[] = [];
  for (let number = 0; number <= last + 1; number += 1) {
    const action = actionOf.get(number) ?? 'absent';
    if (runs.at(-1)?.action !== action) runs.push({ first: number, action });
  }
  return runs;
}

function actionFor(name: string): Action {
  const checked = policy.CHECKED_CALLS.find((call) => call === name);
  if (checked !== undefined) return checked;
  if (policy.ABSENT_CALLS.includes(name)) return 'absent';
  return policy.DENIED_CALLS.includes(name) ? 'deny' : 'allow';
}

function decisionTree(runs: readonly Run[]): Instruction[] {
  const [only] = runs;
  if (only === undefined) throw new RangeError('a filter needs at least one run');
  if (runs.length === 1) return actionProgram(only.action);
  const middle = Math.floor(runs.length / 2);
  const below = decisionTree(runs.slice(0, middle));
  const above = decisionTree(runs.slice(middle));
  const border = runs[middle]?.first ?? 0;
  return below.length <= JUMP_DISTANCE_MAX
    ? [jump(JUMP_IF_AT_LEAST, border, { whenTrue: below.length, whenFalse: 0 }), ...below, ...above]
    : [jump(JUMP_IF_AT_LEAST, border, { whenTrue: 0, whenFalse: 1 }), { code: JUMP_ALWAYS, jumpTrue: 0, jumpFalse: 0, k: below.length }, ...below, ...above];
}

function actionProgram(action: Action): Instruction[] {
  switch (action) {
    case 'allow':
      return [give(ALLOW)];
    case 'deny':
      return [fail(policy.EPERM)];
    case 'absent':
      return [fail(policy.ENOSYS)];
    case 'clone':
      return [loadArgument(0), jump(JUMP_IF_ANY_BIT, policy.CLONE_NEW_NAMESPACE_MASK, { whenTrue: 0, whenFalse: 1 }), fail(policy.EPERM), give(ALLOW)];
    case 'personality':
      return [loadArgument(0), ...allowOnly(policy.PERSONALITIES, fail(policy.EPERM))];
    case 'ioctl':
      return [loadArgument(1), ...policy.DENIED_IOCTLS.flatMap((request) => [jump(JUMP_IF_EQUAL, request, { whenTrue: 0, whenFalse: 1 }), fail(policy.EPERM)]), give(ALLOW)];
    case 'socketpair':
      return [loadArgument(0), ...allowOnly([policy.AF_UNIX], fail(policy.EAFNOSUPPORT))];
    case 'socket':
      return socketProgram();
  }
}

function socketProgram(): Instruction[] {
  const unsupportedProtocol = fail(policy.EPROTONOSUPPORT);
  const internet = [
    loadArgument(1),
    { code: AND, jumpTrue: 0, jumpFalse: 0, k: policy.SOCKET_TYPE_MASK },
    ...continueOnlyWith(policy.INET_SOCKET_TYPES, unsupportedProtocol),
    loadArgument(2),
    ...allowOnly(policy.INET_PROTOCOLS, unsupportedProtocol),
  ];
  const netlink = [loadArgument(2), ...allowOnly([policy.NETLINK_ROUTE], unsupportedProtocol)];
  return [
    loadArgument(0),
    jump(JUMP_IF_EQUAL, policy.AF_UNIX, { whenTrue: 0, whenFalse: 1 }),
    give(ALLOW),
    jump(JUMP_IF_EQUAL, policy.AF_NETLINK, { whenTrue: 0, whenFalse: netlink.length }),
    ...netlink,
    ...continueOnlyWith(policy.AF_INET_FAMILIES, fail(policy.EAFNOSUPPORT)),
    ...internet,
  ];
}

/** Ends the filter: allowed for the values, `otherwise` for the rest. */
function allowOnly(values: readonly number[], otherwise: Instruction): Instruction[] {
  return [...continueOnlyWith(values, otherwise), give(ALLOW)];
}

/** Goes on behind itself for the values and ends with `otherwise` for the rest. */
function continueOnlyWith(values: readonly number[], otherwise: Instruction): Instruction[] {
  const comparisons = values.map((value, index) => jump(JUMP_IF_EQUAL, value, { whenTrue: values.length - index, whenFalse: 0 }));
  return [...comparisons, otherwise];
}

const load = (offset: number): Instruction => ({ code: LOAD_WORD, jumpTrue: 0, jumpFalse: 0, k: offset });
const loadArgument = (index: number): Instruction => load(ARGUMENTS_OFFSET + 8 * index);
const give = (value: number): Instruction => ({ code: RETURN, jumpTrue: 0, jumpFalse: 0, k: value });
const fail = (errno: number): Instruction => give(ERRNO | errno);

function jump(code: number, k: number, distance: { whenTrue: number; whenFalse: number }): Instruction {
  return { code, jumpTrue: distance.whenTrue, jumpFalse: distance.whenFalse, k };
}

function encode(program: readonly Instruction[]): Buffer {
  const bytes = Buffer.alloc(program.length * 8);
  program.forEach(({ code, jumpTrue, jumpFalse, k }, index) => {
    bytes.writeUInt16LE(code, index * 8);
    bytes.writeUInt8(jumpTrue, index * 8 + 2);
    bytes.writeUInt8(jumpFalse, index * 8 + 3);
    bytes.writeUInt32LE(k, index * 8 + 4);
  });
  return bytes;
}
