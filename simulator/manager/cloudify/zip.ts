/** Zip archives, as far as a snapshot needs them: deflated or stored members, no encryption, below 4 GiB. */
import { crc32, deflateRawSync, inflateRawSync } from 'node:zlib';

export interface ZipMember {
  readonly name: string;
  readonly content: Uint8Array;
}

export interface ZipListing {
  readonly name: string;
  readonly bytes: number;
  readonly method: number;
  readonly crc: number;
  readonly packed: Uint8Array;
  readonly modifiedAt: number;
}

const LOCAL = 0x04034b50;
const CENTRAL = 0x02014b50;
const END = 0x06054b50;
const END_BYTES = 22;

/** MS-DOS date and time words; two-second resolution, from 1980. */
function dosTime(at: number): { readonly date: number; readonly time: number } {
  const date = new Date(at);
  return {
    date: ((date.getUTCFullYear() - 1980) << 9) | ((date.getUTCMonth() + 1) << 5) | date.getUTCDate(),
    time: (date.getUTCHours() << 11) | (date.getUTCMinutes() << 5) | (date.getUTCSeconds() >> 1),
  };
}

function fromDos(date: number, time: number): number {
  return Date.UTC(
    (date >> 9) + 1980,
    ((date >> 5) & 15) - 1,
    date & 31,
    time >> 11,
    (time >> 5) & 63,
    (time & 31) * 2,
  );
}

/** The 26 bytes that a local and a central header have in common. */
function commonFields(name: Buffer, content: Uint8Array, packed: Buffer, at: number): Buffer {
  const fields = Buffer.alloc(26);
  const { date, time } = dosTime(at);
  fields.writeUInt16LE(20, 0);
  fields.writeUInt16LE(0x0800, 2);
  fields.writeUInt16LE(8, 4);
  fields.writeUInt16LE(time, 6);
  fields.writeUInt16LE(date, 8);
  fields.writeUInt32LE(crc32(content), 10);
  fields.writeUInt32LE(packed.length, 14);
  fields.writeUInt32LE(content.length, 18);
  fields.writeUInt16LE(name.length, 22);
  return fields;
}

function word(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

/** The same members at the same time give the same bytes. `at` in epoch milliseconds. */
export function writeZip(members: readonly ZipMember[], at: number): Uint8Array {
  const locals: Buffer[] = [];
  const centrals: Buffer[] = [];
  let offset = 0;
  for (const { name, content } of members) {
    const nameBytes = Buffer.from(name);
    const packed = deflateRawSync(content);
    const fields = commonFields(nameBytes, content, packed, at);
    const local = Buffer.concat([word(LOCAL), fields, nameBytes, packed]);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE((0o100644 << 16) >>> 0, 6);
    rest.writeUInt32LE(offset, 10);
    centrals.push(Buffer.concat([word(CENTRAL), Buffer.from([20, 3]), fields, rest, nameBytes]));
    locals.push(local);
    offset += local.length;
  }
  const directory = Buffer.concat(centrals);
  const end = Buffer.alloc(END_BYTES);
  end.writeUInt32LE(END, 0);
  end.writeUInt16LE(members.length, 8);
  end.writeUInt16LE(members.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  return new Uint8Array(Buffer.concat([...locals, directory, end]));
}

/** @returns undefined when the bytes are no zip archive: no end record, or a directory that does not fit */
export function listZip(bytes: Uint8Array): readonly ZipListing[] | undefined {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = buffer.lastIndexOf(word(END));
  if (end < 0 || end + END_BYTES > buffer.length) return undefined;
  const found: ZipListing[] = [];
  let at = buffer.readUInt32LE(end + 16);
  for (let index = 0; index < buffer.readUInt16LE(end + 10); index++) {
    if (at + 46 > buffer.length || buffer.readUInt32LE(at) !== CENTRAL) return undefined;
    const nameBytes = buffer.readUInt16LE(at + 28);
    const local = buffer.readUInt32LE(at + 42);
    if (local + 30 > buffer.length) return undefined;
    const data = local + 30 + buffer.readUInt16LE(local + 26) + buffer.readUInt16LE(local + 28);
    found.push({
      name: buffer.toString('utf8', at + 46, at + 46 + nameBytes),
      bytes: buffer.readUInt32LE(at + 24),
      method: buffer.readUInt16LE(at + 10),
      crc: buffer.readUInt32LE(at + 16),
      packed: buffer.subarray(data, data + buffer.readUInt32LE(at + 20)),
      modifiedAt: fromDos(buffer.readUInt16LE(at + 14), buffer.readUInt16LE(at + 12)),
    });
    at += 46 + nameBytes + buffer.readUInt16LE(at + 30) + buffer.readUInt16LE(at + 32);
  }
  return found;
}

/** @returns undefined when the member's bytes are damaged */
export function unpackMember(member: ZipListing): Uint8Array | undefined {
  try {
    const content = member.method === 0 ? member.packed : inflateRawSync(member.packed);
    return crc32(content) === member.crc ? new Uint8Array(content) : undefined;
  } catch {
    return undefined;
  }
}
