import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { digestEntries, sameDigest, sumDigests } from '../../src/fingerprint/digest.ts';
import {
  ACCEPTED,
  badKeys,
  ENTRY_BYTES,
  EntryWriter,
  FILTERED,
  QUARANTINED,
  UNREADABLE,
} from '../../src/fingerprint/entries.ts';

const hash = fc.bigInt({ min: 1n, max: 2n ** 61n - 1n }).map((bits) => bits << 3n);
const records = fc.uniqueArray(fc.record({ fingerprint: hash, keyHash: hash }), {
  selector: ({ fingerprint }) => fingerprint,
  minLength: 1,
  maxLength: 30,
});

function pack(all: readonly { readonly fingerprint: bigint; readonly keyHash: bigint }[]): Buffer {
  const writer = new EntryWriter();
  for (const [position, one] of all.entries()) writer.add({ ...one, flag: ACCEPTED, position });
  return writer.finish();
}

test('a set has one digest, in whatever order and in whatever pieces it is read', () => {
  fc.assert(
    fc.property(records, fc.nat(), (all, seed) => {
      const whole = digestEntries(pack(all), ENTRY_BYTES);
      const turned = [...all.slice(seed % all.length), ...all.slice(0, seed % all.length)];
      const cut = turned.length >> 1;
      const pieces = [turned.slice(0, cut), turned.slice(cut)].map((some) => digestEntries(pack(some), ENTRY_BYTES));
      expect(sumDigests(pieces)).toEqual(whole);
    }),
  );
});

test('a record that is missing, twice there or another one makes another digest', () => {
  fc.assert(
    fc.property(records, hash, (all, other) => {
      const [first, ...rest] = all;
      if (first === undefined || all.some(({ fingerprint }) => fingerprint === other)) return;
      const whole = digestEntries(pack(all), ENTRY_BYTES);
      for (const some of [rest, [...all, first], [{ ...first, fingerprint: other }, ...rest]])
        expect(sameDigest(digestEntries(pack(some), ENTRY_BYTES), whole)).toBe(false);
      const [second] = rest;
      if (second === undefined) return;
      expect(sameDigest(digestEntries(pack([second, ...rest]), ENTRY_BYTES), whole)).toBe(false);
    }),
  );
});

test('one piece that is not known makes the whole unknown', () => {
  expect(sumDigests([{ count: 1, low: 2, high: 3 }, null])).toBeNull();
  expect(sumDigests([])).toEqual({ count: 0, low: 0, high: 0 });
});

test('the keys of bad records are found, whether or not they can be read', () => {
  const writer = new EntryWriter();
  for (const [index, flag] of [ACCEPTED, QUARANTINED, FILTERED, UNREADABLE].entries())
    writer.add({ fingerprint: BigInt(index + 1), keyHash: (2n ** 40n + BigInt(index)) << 3n, flag, position: index });
  const bad = badKeys(writer.finish());
  expect([bad.readBigUInt64LE(0), bad.readBigUInt64LE(8)]).toEqual([(2n ** 40n + 1n) << 3n, (2n ** 40n + 3n) << 3n]);
  expect(bad).toHaveLength(16);
});
