// From what the batches of a read saw to the index of the next read. Pure.

import { forEachEntry, GROUP, INDEX_BYTES, type Part, QUARANTINED, UNREADABLE } from './entries.ts';

/** Of one batch: what it knew already, and what was new. */
export interface KeyBlobs {
  readonly seen: Buffer;
  readonly keys: Buffer;
}

/** Every record of the part whose key occurs once, and all marks of groups; the key hashes that are bad as before. */
export function buildIndexPart(
  batches: readonly KeyBlobs[],
  part: Part,
): { readonly entries: Buffer; readonly stillBad: readonly bigint[] } {
  const [all, repeated] = [new Set<bigint>(), new Set<bigint>()];
  const stillBad: bigint[] = [];
  let marks = 0;
  for (const { seen, keys } of batches) {
    for (const blob of [seen, keys]) {
      forEachEntry(blob, part, ({ keyHash, flag }) => {
        if (flag === GROUP) marks++;
        else if (all.has(keyHash)) repeated.add(keyHash);
        else all.add(keyHash);
        if (blob === seen && (flag === QUARANTINED || flag === UNREADABLE)) stillBad.push(keyHash);
      });
    }
  }
  const bytes = Buffer.allocUnsafe((all.size - repeated.size + marks) * INDEX_BYTES);
  let end = 0;
  for (const { seen, keys } of batches) {
    for (const blob of [seen, keys]) {
      forEachEntry(blob, part, ({ fingerprint, keyHash, flag }) => {
        if (flag !== GROUP && repeated.has(keyHash)) return;
        bytes.writeBigUInt64LE(fingerprint, end);
        bytes.writeBigUInt64LE(keyHash | flag, end + 8);
        end += INDEX_BYTES;
      });
    }
  }
  return { entries: bytes, stillBad };
}
