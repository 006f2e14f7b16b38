/**
 * Makes a tiny static program that only makes system calls, so that an attack needs neither a compiler nor an interpreter
 * and no C library stands in between. Each result (or negative errno) is written to standard output as 8 bytes.
 * x86-64 only: instruction encodings of the AMD64 manual, ELF header of the System V ABI.
 */

export type RawArgument = number | bigint | { bytes: Buffer };
/** `entry`: how the kernel is entered; `int80` takes i386 numbers, `x32` adds the x32 bit. */
export type RawCall = { number: number; arguments?: readonly RawArgument[]; entry?: 'syscall' | 'int80' | 'x32' };

const BASE = 0x400000n;
const HEADERS_BYTES = 64 + 56;
const X32_BIT = 0x40000000;
/** mov r64, imm64 for rdi, rsi, rdx, r10, r8, r9. */
const ARGUMENT_REGISTERS = ['48bf', '48be', '48ba', '49ba', '49b8', '49b9'].map((hex) => Buffer.from(hex, 'hex'));
const MOV_RAX = Buffer.from('48b8', 'hex');
const STORE_RAX = Buffer.from('48a3', 'hex');
const SYSCALL = Buffer.from('0f05', 'hex');
const INT_80 = Buffer.from('cd80', 'hex');
/** The same values for i386's ebx, ecx, edx, esi, edi. */
const I386_REGISTERS = ['48bb', '48b9', '48ba', '48be', '48bf'].map((hex) => Buffer.from(hex, 'hex'));

export function rawProgram(calls: readonly RawCall[]): Buffer {
  // Twice: the first pass only tells how long the code is, and with it where the data stands.
  const codeBytes = assemble(calls, BASE).code.length;
  const { code, data } = assemble(calls, BASE + BigInt(HEADERS_BYTES + codeBytes));
  const image = Buffer.concat([headers(HEADERS_BYTES + code.length + data.length), code, data]);
  return image;
}

/** The results in the order of the calls. */
export function readResults(stdout: string): number[] {
  const bytes = Buffer.from(stdout, 'latin1');
  return Array.from({ length: Math.floor(bytes.length / 8) }, (_, index) => Number(bytes.readBigInt64LE(index * 8)));
}

function assemble(calls: readonly RawCall[], dataAddress: bigint): { code: Buffer; data: Buffer } {
  const code: Buffer[] = [];
  const data: Buffer[] = [Buffer.alloc(8)];
  let dataBytes = 8;
  for (const call of calls) {
    const isI386 = call.entry === 'int80';
    const registers = isI386 ? I386_REGISTERS : ARGUMENT_REGISTERS;
    (call.arguments ?? []).forEach((argument, index) => {
      let value: bigint;
      if (typeof argument === 'object') {
        value = dataAddress + BigInt(dataBytes);
        data.push(argument.bytes);
        dataBytes += argument.bytes.length;
      } else value = BigInt(argument);
      code.push(registers[index] ?? Buffer.alloc(0), word(value));
    });
    code.push(MOV_RAX, word(BigInt(call.entry === 'x32' ? call.number + X32_BIT : call.number)), isI386 ? INT_80 : SYSCALL, STORE_RAX, word(dataAddress));
    // write(1, result, 8)
    code.push(MOV_RAX, word(1n), ...[1n, dataAddress, 8n].flatMap((value, index) => [ARGUMENT_REGISTERS[index] ?? Buffer.alloc(0), word(value)]), SYSCALL);
  }
  // exit_group(0)
  code.push(MOV_RAX, word(231n), ARGUMENT_REGISTERS[0] ?? Buffer.alloc(0), word(0n), SYSCALL);
  return { code: Buffer.concat(code), data: Buffer.concat(data) };
}

function headers(imageBytes: number): Buffer {
  const header = Buffer.alloc(HEADERS_BYTES);
  Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]).copy(header);
  header.writeUInt16LE(2, 16); // ET_EXEC
  header.writeUInt16LE(62, 18); // EM_X86_64
  header.writeUInt32LE(1, 20);
  header.writeBigUInt64LE(BASE + BigInt(HEADERS_BYTES), 24);
  header.writeBigUInt64LE(64n, 32);
  header.writeUInt16LE(64, 52);
  header.writeUInt16LE(56, 54);
  header.writeUInt16LE(1, 56);
  header.writeUInt32LE(1, 64); // PT_LOAD
  header.writeUInt32LE(7, 68); // readable, writable, executable
  header.writeBigUInt64LE(BASE, 80);
  header.writeBigUInt64LE(BASE, 88);
  header.writeBigUInt64LE(BigInt(imageBytes), 96);
  header.writeBigUInt64LE(BigInt(imageBytes), 104);
  header.writeBigUInt64LE(0x1000n, 112);
  return header;
}

function word(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt.asUintN(64, value));
  return bytes;
}
