// Raw records that hold several records: an order with its lines. All entries follow from the raw record's fingerprint f:
//
//   f        GROUP, with the hash of the key that the records share
//   f(0)     the first record    f(1)  the second …    each with its key hash and flag
//   f(n)     GROUP: the end
//
// One that is missing (its key occurs twice, or was revoked) makes the whole group unknown: then all are read again.

import { GROUP, type KeyEntry } from './entries.ts';
import { FLAG_BITS } from './hash.ts';
import type { FingerprintTable } from './index-table.ts';

// 2^64 divided by the golden ratio: neighbours fall far apart.
const STEP = 0x9e3779b97f4a7c15n;

/** The fingerprint of the record at a place of a raw record. */
export function childFingerprint(parent: bigint, index: number): bigint {
  return BigInt.asUintN(64, parent + BigInt(index + 1) * STEP);
}

/** Where a record's key cannot be read, or it has none: a hash that nothing else has. */
export function anonymousKeyHash(fingerprint: bigint): bigint {
  return (fingerprint >> FLAG_BITS) << FLAG_BITS;
}

/** What a table knows of the records in a raw record, in their order; undefined where it does not know them all. */
export function findGroup(
  table: FingerprintTable,
  fingerprint: bigint,
): { readonly head: bigint; readonly records: readonly Pick<KeyEntry, 'keyHash' | 'flag'>[] } | undefined {
  const head = table.find(fingerprint);
  if (head?.flag !== GROUP) return undefined;
  const records: Pick<KeyEntry, 'keyHash' | 'flag'>[] = [];
  for (;;) {
    const record = table.find(childFingerprint(fingerprint, records.length));
    if (record === undefined) return undefined;
    if (record.flag === GROUP) return { head: head.keyHash, records };
    records.push(record);
  }
}

/** The two entries that enclose a group. */
export function groupMarks(
  fingerprint: bigint,
  group: { readonly head: bigint | null; readonly size: number; readonly position: number },
): readonly KeyEntry[] {
  const { head, size, position } = group;
  const end = childFingerprint(fingerprint, size);
  return [
    { fingerprint, keyHash: head ?? anonymousKeyHash(fingerprint), flag: GROUP, position },
    { fingerprint: end, keyHash: anonymousKeyHash(end), flag: GROUP, position },
  ];
}
