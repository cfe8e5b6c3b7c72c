// What a file is, by its first bytes: plain, gzip, zip, or something that cannot be read.

import { SyncError } from '../../domain/errors.ts';

export type Packing = 'plain' | 'gzip' | 'zip';

const MAGICS: readonly (readonly [hex: string, found: Packing | { readonly refused: string }])[] = [
  ['1f8b', 'gzip'],
  ['504b0304', 'zip'],
  ['504b0506', 'zip'], // without entries
  ['504b0708', { refused: 'a zip in several pieces' }],
  ['377abcaf271c', { refused: 'a 7z archive' }],
  ['526172211a07', { refused: 'a RAR archive' }],
  ['fd377a585a00', { refused: 'compressed with xz' }],
  ['28b52ffd', { refused: 'compressed with zstd' }],
  ['1f9d', { refused: 'compressed with compress' }],
  ['d0cf11e0a1b11ae1', { refused: 'an Excel workbook or another Office document' }],
  ['255044462d', { refused: 'a PDF' }],
];
const BZIP2 = /^BZh[1-9]1AY&SY/;
const TAR_AT = 257;

/** Throws `source.archive` for what is neither text nor an archive that can be read. */
export function packingOf(prefix: Uint8Array): Packing {
  const head = Buffer.from(prefix.buffer, prefix.byteOffset, prefix.length);
  const hex = head.subarray(0, 8).toString('hex');
  const found = MAGICS.find(([magic]) => hex.startsWith(magic))?.[1];
  if (typeof found === 'string') return found;
  const refused = found?.refused ?? otherwiseRefused(head);
  if (refused === null) return 'plain';
  throw new SyncError('source.archive', { message: `the file is ${refused}` });
}

/** The first bytes of what was packed: an archive in an archive is refused. */
export function checkUnpacked(prefix: Uint8Array): void {
  if (packingOf(prefix) === 'plain') return;
  throw new SyncError('source.archive', { message: 'it holds another compressed file, which is not unpacked' });
}

function otherwiseRefused(head: Buffer): string | null {
  if (BZIP2.test(head.toString('latin1', 0, 10))) return 'compressed with bzip2';
  return head.toString('latin1', TAR_AT, TAR_AT + 5) === 'ustar' ? 'a tar archive' : null;
}
