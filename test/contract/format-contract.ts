import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { StreamDefinition } from '../../src/domain/definition.ts';
import { START } from '../../src/formats/format.ts';
import { formats } from '../../src/formats/registry.ts';
import { codeOf, decodeAll, findSplits, frame, plain } from '../formats/support.ts';

export interface FormatSample {
  readonly stream: StreamDefinition;
  readonly bytes: Uint8Array;
}

const ONE_BYTE = { sizes: [1] };

/** Every format has to keep this, for any document that the factory's arbitrary makes. */
export function describeFormatContract(name: string, factory: () => fc.Arbitrary<FormatSample>): void {
  describe(`${name} keeps the contract of a format`, () => {
    const samples = factory();

    test('the records do not depend on where the chunks are cut', () => {
      const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 30 });
      fc.assert(
        fc.property(samples, sizes, ({ stream, bytes }, cuts) => {
          const whole = frame(stream, bytes);
          expect(frame(stream, bytes, { sizes: cuts })).toEqual(whole);
          expect(frame(stream, bytes, ONE_BYTE)).toEqual(whole);
        }),
      );
    });

    test('a framer made with the position after a record returns exactly the records after it', () => {
      fc.assert(
        fc.property(samples, fc.integer({ min: 1, max: 40 }), ({ stream, bytes }, size) => {
          const whole = frame(stream, bytes);
          for (const [index, { after }] of whole.records.entries()) {
            // As it comes back from storage.
            const from = JSON.parse(JSON.stringify(after)) as typeof after;
            expect(frame(stream, bytes, { sizes: [size], from })).toEqual({
              ...whole,
              records: whole.records.slice(index + 1),
            });
          }
        }),
      );
    });

    test('any splits make ranges that have exactly the records of one pass', () => {
      const spans = fc.integer({ min: 1, max: 60 });
      fc.assert(
        fc.property(samples, spans, fc.integer({ min: 1, max: 20 }), ({ stream, bytes }, everyBytes, size) => {
          const { records, completeness } = frame(stream, bytes);
          const splits = findSplits(stream, bytes, { everyBytes, size });
          const ranges = [START, ...splits].map((from, index) =>
            frame(stream, bytes, { sizes: [size], from, end: splits[index]?.offset ?? null }),
          );
          expect(ranges.flatMap((range) => range.records)).toEqual(records);
          expect(ranges.at(-1)?.completeness).toBe(completeness);
        }),
      );
    });

    test('offsets say where the bytes of a record stand, and ascend', () => {
      fc.assert(
        fc.property(samples, ({ stream, bytes }) => {
          let end = 0;
          for (const { offset, bytes: record, after } of frame(stream, bytes).records) {
            expect(Buffer.from(bytes.subarray(offset, offset + record.length)).equals(record)).toBe(true);
            expect(offset).toBeGreaterThanOrEqual(end);
            expect(after.offset).toBeGreaterThanOrEqual(offset + record.length);
            end = after.offset;
          }
        }),
      );
    });

    test('decoding is a function of the record and its position', () => {
      fc.assert(
        fc.property(samples, ({ stream, bytes }) => {
          expect(decodeAll(stream, bytes, [3]).map(plain)).toEqual(decodeAll(stream, bytes).map(plain));
        }),
      );
    });

    test('the bytes of a record stay as they are while more are pushed', () => {
      const [sample] = fc.sample(samples, { numRuns: 1, seed: 7 });
      if (sample === undefined) throw new Error('no sample');
      const { stream, bytes } = sample;
      const framer = formats[stream.format].createFramer(stream, START);
      const kept: [Uint8Array, string][] = [];
      for (const byte of bytes) {
        framer.push(Uint8Array.of(byte));
        const raw = framer.next();
        if (raw !== null) kept.push([raw.bytes, Buffer.from(raw.bytes).toString('hex')]);
      }
      for (const [view, hex] of kept) expect(Buffer.from(view).toString('hex')).toBe(hex);
    });

    test('an unfinished stream is waited for, an empty one is source.empty', () => {
      const [sample] = fc.sample(samples, 1);
      if (sample === undefined) throw new Error('no sample');
      const framer = formats[sample.stream.format].createFramer(sample.stream, START);
      expect(framer.next()).toBeNull();
      expect(framer.position()).toEqual(START);
      framer.finish();
      expect(codeOf(() => framer.next())).toBe('source.empty');
    });
  });
}
