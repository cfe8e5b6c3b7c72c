// The index of a read, asked for the raw records of the next: all that one holds is known, or nothing of it.

import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { buildIndexPart } from '../../src/fingerprint/build-index.ts';
import { ACCEPTED, EntryWriter, FILTERED, GROUP, QUARANTINED, UNREADABLE } from '../../src/fingerprint/entries.ts';
import { childFingerprint, findGroup, groupMarks } from '../../src/fingerprint/groups.ts';
import type { FingerprintTable } from '../../src/fingerprint/index-table.ts';
import { tableOf as tableOfParts } from './support.ts';

interface Raw {
  readonly fingerprint: bigint;
  readonly head: bigint;
  readonly records: readonly { readonly keyHash: bigint; readonly flag: bigint }[];
}

const keyHash = fc.integer({ min: 1, max: 30 }).map((key) => (BigInt(key) << 34n) | 8n);
const raw: fc.Arbitrary<Raw> = fc.record({
  fingerprint: fc.bigInt({ min: 1n, max: 2n ** 64n - 1n }),
  head: keyHash.map((hash) => hash << 8n),
  records: fc.array(fc.record({ keyHash, flag: fc.constantFrom(ACCEPTED, QUARANTINED, UNREADABLE, FILTERED) }), {
    maxLength: 4,
  }),
});
const raws = fc.uniqueArray(raw, { selector: ({ fingerprint }) => fingerprint, maxLength: 8 });

function write(writer: EntryWriter, { fingerprint, head, records }: Raw, position: number): void {
  for (const mark of groupMarks(fingerprint, { head, size: records.length, position })) writer.add(mark);
  for (const [index, { keyHash: hash, flag }] of records.entries()) {
    writer.add({ fingerprint: childFingerprint(fingerprint, index), keyHash: hash, flag, position: position + index });
  }
}

function tableOf(read: readonly Raw[], parts: number, revoked: ReadonlySet<bigint>): FingerprintTable {
  const [seen, keys] = [new EntryWriter(), new EntryWriter()];
  for (const [index, one] of read.entries()) write(index % 2 === 0 ? seen : keys, one, index * 100);
  const blobs = [{ seen: seen.finish(), keys: keys.finish() }];
  const built = Array.from({ length: parts }, (_none, number) => buildIndexPart(blobs, { number, of: parts }).entries);
  return tableOfParts(built, revoked);
}

describe('a raw record that holds several records', () => {
  test('is known with all of them, unless one has a key that occurs again or was revoked', () => {
    fc.assert(
      fc.property(raws, fc.integer({ min: 1, max: 3 }), fc.uniqueArray(keyHash), (read, parts, revoked) => {
        const gone = new Set(revoked);
        const table = tableOf(read, parts, gone);
        const keys = read.flatMap(({ records }) => records.map((one) => one.keyHash));
        const isFit = (hash: bigint): boolean => !gone.has(hash) && keys.indexOf(hash) === keys.lastIndexOf(hash);
        for (const { fingerprint, head, records } of read) {
          const whole = records.every((one) => isFit(one.keyHash));
          expect(findGroup(table, fingerprint)).toEqual(whole ? { head, records } : undefined);
        }
      }),
      { numRuns: 300 },
    );
  });

  test('that occurs twice is known only when it holds none', () => {
    const full = { fingerprint: 7n, head: 16n, records: [{ keyHash: 8n, flag: ACCEPTED }] };
    const empty = { fingerprint: 9n, head: 24n, records: [] };
    const table = tableOf([full, empty, full, empty], 1, new Set());
    expect(findGroup(table, 7n)).toBeUndefined();
    expect(findGroup(table, 9n)).toEqual({ head: 24n, records: [] });
  });

  test('is not taken for one that is a record itself, nor the other way round', () => {
    const writer = new EntryWriter();
    writer.add({ fingerprint: 5n, keyHash: 32n, flag: ACCEPTED, position: 0 });
    const { entries, stillBad } = buildIndexPart([{ seen: writer.finish(), keys: Buffer.alloc(0) }], {
      number: 0,
      of: 1,
    });
    expect(stillBad).toEqual([]);
    expect(findGroup(tableOfParts([entries]), 5n)).toBeUndefined();
    expect(groupMarks(5n, { head: null, size: 1, position: 3 }).map(({ flag, position }) => [flag, position])).toEqual([
      [GROUP, 3],
      [GROUP, 3],
    ]);
  });

  test('keys that are bad as before are named, marks never', () => {
    const [seen, keys] = [new EntryWriter(), new EntryWriter()];
    write(
      seen,
      {
        fingerprint: 7n,
        head: 16n,
        records: [
          { keyHash: 8n, flag: QUARANTINED },
          { keyHash: 40n, flag: ACCEPTED },
        ],
      },
      0,
    );
    write(keys, { fingerprint: 9n, head: 48n, records: [{ keyHash: 56n, flag: UNREADABLE }] }, 100);
    const blobs = [{ seen: seen.finish(), keys: keys.finish() }];
    expect(buildIndexPart(blobs, { number: 0, of: 1 }).stillBad).toEqual([8n]);
  });
});
