/** Runs the filter on an interpreter of its own, so that the policy is checked without a kernel and for both architectures. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as fc from 'fast-check';
import { ABSENT_CALLS, CHECKED_CALLS, DENIED_CALLS } from '../../../../../platform/isolation/seccomp/filter-policy.ts';
import { filterProgram, SYSTEM_CALL_TABLES } from '../../../../../platform/isolation/seccomp/filter-program.ts';

const ALLOW = 0x7fff0000;
const KILL = 0x80000000;
const errno = (number: number): number => 0x00050000 + number;
const [EPERM, ENOSYS, EPROTONOSUPPORT, EAFNOSUPPORT] = [errno(1), errno(38), errno(93), errno(97)];
const ARCHITECTURES = ['x86_64', 'arm64'] as const;

/** Classic BPF over seccomp_data, as <linux/filter.h> describes it. */
function evaluate(program: Buffer, call: { architecture: number; number: number; arguments?: readonly bigint[] }): number {
  const data = Buffer.alloc(64);
  data.writeUInt32LE(call.number >>> 0, 0);
  data.writeUInt32LE(call.architecture, 4);
  (call.arguments ?? []).forEach((value, index) => data.writeBigUInt64LE(BigInt.asUintN(64, value), 16 + 8 * index));
  let accumulator = 0;
  for (let at = 0; ; at += 1) {
    assert.ok(at * 8 + 8 <= program.length, 'the program runs past its end');
    const [code, whenTrue, whenFalse, k] = [program.readUInt16LE(at * 8), program.readUInt8(at * 8 + 2), program.readUInt8(at * 8 + 3), program.readUInt32LE(at * 8 + 4)];
    const jump = (isTrue: boolean): void => void (at += isTrue ? whenTrue : whenFalse);
    switch (code) {
      case 0x20: accumulator = data.readUInt32LE(k); break;
      case 0x54: accumulator = (accumulator & k) >>> 0; break;
      case 0x05: at += k; break;
      case 0x15: jump(accumulator === k); break;
      case 0x35: jump(accumulator >= k); break;
      case 0x45: jump((accumulator & k) !== 0); break;
      case 0x06: return k;
      default: throw new Error(`unknown instruction ${code}`);
    }
  }
}

const test = suite('platform/isolation/seccomp/filter-program');

for (const architecture of ARCHITECTURES) {
  const table = SYSTEM_CALL_TABLES[architecture];
  const program = filterProgram(architecture);
  const run = (name: string, ...values: (number | bigint)[]): number => {
    const number = table.numberOf.get(name);
    if (number === undefined) throw new Error(`no call ${name}`);
    return evaluate(program, { architecture: table.auditArchitecture, number, arguments: values.map(BigInt) });
  };

  test(`${architecture}: a call of another architecture ends the process`, () => {
    for (const foreign of [0x40000003, 0xc0000028, 0, 0xc000003e ^ 0xc00000b7 ^ table.auditArchitecture]) {
      assert.is(evaluate(program, { architecture: foreign >>> 0, number: 0 }), KILL);
    }
  });

  test(`${architecture}: every listed name has its action, whatever the arguments`, () => {
    for (const [name, number] of table.numberOf) {
      if (CHECKED_CALLS.some((checked) => checked === name)) continue;
      const expected = DENIED_CALLS.includes(name) ? EPERM : ABSENT_CALLS.includes(name) ? ENOSYS : ALLOW;
      for (const value of [0n, 0xffffffffffffffffn]) {
        assert.is(evaluate(program, { architecture: table.auditArchitecture, number, arguments: [value, value, value, value, value, value] }), expected, name);
      }
    }
  });

  test(`${architecture}: a number in no table returns ENOSYS`, () => {
    const known = new Set(table.numberOf.values());
    const last = architecture === 'x86_64' ? 0x3fffffff : 0xffffffff;
    for (const number of [...Array(1200).keys(), 0x3ffffffe, last]) if (!known.has(number)) assert.is(evaluate(program, { architecture: table.auditArchitecture, number }), ENOSYS, String(number));
    fc.assert(fc.property(fc.integer({ min: 451, max: last }), (number) => evaluate(program, { architecture: table.auditArchitecture, number }) === ENOSYS));
  });

  test(`${architecture}: clone is allowed exactly without a new namespace`, () => {
    for (const flags of [0, 17, 0x003d0f00, 0x01200011, 0x80000000]) assert.is(run('clone', flags), ALLOW, flags.toString(16));
    for (const bit of [0x00020000, 0x02000000, 0x04000000, 0x08000000, 0x10000000, 0x20000000, 0x40000000]) assert.is(run('clone', bit | 17), EPERM, bit.toString(16));
  });

  test(`${architecture}: personality is allowed for five values`, () => {
    for (const persona of [0, 8, 0x20000, 0x20008, 0xffffffff]) assert.is(run('personality', persona), ALLOW);
    for (const persona of [1, 9, 0x40000, 0x60000, 0xfffffffe]) assert.is(run('personality', persona), EPERM);
  });

  test(`${architecture}: only the two terminal-injecting requests of ioctl are denied, also with high bits set`, () => {
    for (const request of [0x5412n, 0x541cn, 0x1_0000_5412n, 0xffffffff_0000541cn]) assert.is(run('ioctl', 0, request), EPERM);
    for (const request of [0x5401, 0x5411, 0x5413, 0x541b, 0x541d, 0]) assert.is(run('ioctl', 0, request), ALLOW);
  });

  test(`${architecture}: sockets are unix, TCP, UDP and route netlink`, () => {
    for (const [family, type, protocol] of [[1, 1, 0], [1, 5, 0], [2, 1, 0], [2, 1, 6], [2, 2, 17], [10, 1, 6], [10, 0x80801, 0], [16, 3, 0], [16, 0x80003, 0]] as const) {
      assert.is(run('socket', family, type, protocol), ALLOW, `${family} ${type} ${protocol}`);
    }
    for (const [family, type, protocol] of [[2, 1, 262], [2, 1, 132], [2, 2, 136], [2, 2, 1], [2, 3, 0], [2, 3, 255], [10, 3, 58], [2, 5, 0], [2, 6, 0], [2, 10, 0], [16, 3, 12], [16, 3, 9], [16, 2, 15]] as const) {
      assert.is(run('socket', family, type, protocol), EPROTONOSUPPORT, `${family} ${type} ${protocol}`);
    }
    for (const family of [0, 3, 4, 9, 11, 15, 17, 38, 40, 44, 45, 0xffffffff]) assert.is(run('socket', family, 1, 0), EAFNOSUPPORT, String(family));
    assert.is(run('socketpair', 1, 1, 0), ALLOW);
    for (const family of [0, 2, 16, 30]) assert.is(run('socketpair', family, 1, 0), EAFNOSUPPORT);
  });

  test(`${architecture}: every jump stays inside and every path ends`, () => {
    for (let at = 0; at < program.length / 8; at += 1) {
      const code = program.readUInt16LE(at * 8);
      const farthest = code === 0x05 ? program.readUInt32LE(at * 8 + 4) : [0x15, 0x35, 0x45].includes(code) ? Math.max(program.readUInt8(at * 8 + 2), program.readUInt8(at * 8 + 3)) : 0;
      assert.ok(at + 1 + farthest < program.length / 8 || code === 0x06);
    }
    assert.is(program.readUInt16LE(program.length - 8), 0x06);
  });
}

test('x86_64: x32 numbers end the process', () => {
  const program = filterProgram('x86_64');
  for (const number of [0x40000000, 0x40000027, 0xffffffff]) assert.is(evaluate(program, { architecture: 0xc000003e, number }), KILL);
});

test('every denied, absent and checked name is a call of one of the architectures', () => {
  for (const name of [...DENIED_CALLS, ...ABSENT_CALLS, ...CHECKED_CALLS]) assert.ok(ARCHITECTURES.some((architecture) => SYSTEM_CALL_TABLES[architecture].numberOf.has(name)), name);
});

test('the first records are those that the kernel was seen to take', () => {
  assert.is(filterProgram('x86_64').subarray(0, 48).toString('hex'), '2000000004000000150001003e0000c00600000000000080200000000000000035000001000000400600000000000080');
});

test.run();
