// Writes small zips, right and wrong ones.

import { crc32, deflateRawSync } from 'node:zlib';

export interface ZipChanges {
  /** Stored rather than deflated. */
  readonly store?: boolean;
  /** Of the central directory and the local header. */
  readonly method?: number;
  readonly flags?: number;
  readonly crc?: number;
  readonly size?: number;
  /** Bytes of names, where they are not UTF-8. */
  readonly encodeName?: (name: string) => Uint8Array;
}

/** A zip of these entries. */
export function zipOf(entries: Readonly<Record<string, string | Uint8Array>>, changes: ZipChanges = {}): Buffer {
  const locals: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [name, text] of Object.entries(entries)) {
    const content = Buffer.from(text as string); // of a Uint8Array too
    const data = changes.store === true ? content : deflateRawSync(content);
    const nameBytes = changes.encodeName?.(name) ?? Buffer.from(name);
    const shared = Buffer.alloc(26);
    shared.writeUInt16LE(20, 0);
    shared.writeUInt16LE(changes.flags ?? 0, 2);
    shared.writeUInt16LE(changes.method ?? (changes.store === true ? 0 : 8), 4);
    shared.writeUInt32LE(changes.crc ?? crc32(content), 10);
    shared.writeUInt32LE(data.length, 14);
    shared.writeUInt32LE(changes.size ?? content.length, 18);
    shared.writeUInt16LE(nameBytes.length, 22);
    const local = Buffer.concat([Buffer.from('504b0304', 'hex'), shared, nameBytes, data]);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(offset, 10);
    directory.push(Buffer.concat([Buffer.from('504b01021400', 'hex'), shared, rest, nameBytes]));
    locals.push(local);
    offset += local.length;
  }
  const central = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write('504b0506', 0, 'hex');
  end.writeUInt16LE(directory.length, 8);
  end.writeUInt16LE(directory.length, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, central, end]);
}
