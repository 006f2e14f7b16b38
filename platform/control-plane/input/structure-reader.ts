/**
 * Reads members of a JSON request body by their modelled type. A wrong type is the framework's SerializationException;
 * null counts as absent and unknown members are ignored, as the service does. It never follows a prototype, so a member
 * called `__proto__` is an ordinary name here.
 * Source of the texts: answers quoted in public issues; the service's framework writes the JSON token's name.
 */
import { ApiError } from '../../api/index.ts';
import { isParseable } from './json-shape.ts';

export class StructureReader {
  readonly #members: ReadonlyMap<string, unknown>;

  constructor(members: ReadonlyMap<string, unknown>) {
    this.#members = members;
  }

  /** An absent body is an empty structure: the service says which members are missing rather than that JSON is. */
  static parse(body: Buffer): StructureReader {
    if (!isParseable(body)) throw serialization('The request nests too deeply or holds too many values');
    const text = body.toString('utf8').trim();
    if (text === '') return new StructureReader(new Map());
    let parsed: unknown;
    try {
      parsed = JSON.parse(text);
    } catch {
      // The parser's own words would quote the body; the real text is its JVM parser's and cannot be matched anyway.
      throw serialization('Unexpected token found where a JSON structure was expected');
    }
    return readerOf(parsed);
  }

  has(name: string): boolean {
    return present(this.#members.get(name));
  }

  string(name: string): string | undefined {
    const value = this.#members.get(name);
    return present(value) ? asString(value) : undefined;
  }

  integer(name: string): number | undefined {
    const value = this.#members.get(name);
    if (!present(value)) return undefined;
    if (typeof value !== 'number') throw cannotBecome(value, 'an Integer');
    if (!Number.isInteger(value)) throw serialization('DECIMAL_VALUE can not be converted to an Integer');
    return value;
  }

  boolean(name: string): boolean | undefined {
    const value = this.#members.get(name);
    if (!present(value)) return undefined;
    if (typeof value !== 'boolean') throw cannotBecome(value, 'a Boolean');
    return value;
  }

  /** Bytes written as base64. */
  blob(name: string): Buffer | undefined {
    const value = this.string(name);
    if (value === undefined) return undefined;
    if (!/^[A-Za-z0-9+/]*={0,2}$/.test(value) || value.length % 4 === 1) throw serialization('Invalid base64 in a blob member');
    return Buffer.from(value, 'base64');
  }

  structure(name: string): StructureReader | undefined {
    const value = this.#members.get(name);
    return present(value) ? readerOf(value) : undefined;
  }

  stringList(name: string): string[] | undefined {
    const value = this.#members.get(name);
    if (!present(value)) return undefined;
    if (!Array.isArray(value)) throw notExpected(value);
    return value.map((element: unknown) => asString(element));
  }

  structureList(name: string): StructureReader[] | undefined {
    const value = this.#members.get(name);
    if (!present(value)) return undefined;
    if (!Array.isArray(value)) throw notExpected(value);
    return value.map((element: unknown) => readerOf(element));
  }

  stringMap(name: string): Map<string, string> | undefined {
    const reader = this.structure(name);
    if (reader === undefined) return undefined;
    return new Map([...reader.#members].filter(([, value]) => present(value)).map(([key, value]) => [key, asString(value)]));
  }
}

function readerOf(value: unknown): StructureReader {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw notExpected(value);
  return new StructureReader(new Map(Object.entries(value)));
}

function present(value: unknown): boolean {
  return value !== undefined && value !== null;
}

function asString(value: unknown): string {
  if (typeof value !== 'string') throw cannotBecome(value, 'a String');
  return value;
}

function cannotBecome(value: unknown, wanted: string): ApiError {
  if (typeof value === 'object' && value !== null) return notExpected(value);
  return serialization(`${tokenOf(value)} can not be converted to ${wanted}`);
}

function notExpected(value: unknown): ApiError {
  if (Array.isArray(value)) return serialization('Start of list found where not expected');
  if (typeof value === 'object' && value !== null) return serialization('Start of structure or map found where not expected.');
  return serialization('Unexpected field type');
}

function tokenOf(value: unknown): string {
  if (typeof value === 'string') return 'STRING_VALUE';
  if (typeof value === 'boolean') return value ? 'TRUE_VALUE' : 'FALSE_VALUE';
  if (typeof value === 'number') return Number.isInteger(value) ? 'NUMBER_VALUE' : 'DECIMAL_VALUE';
  return 'NULL_VALUE';
}

export function serialization(message: string): ApiError {
  return new ApiError('SerializationException', message);
}
