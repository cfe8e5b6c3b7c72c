// Input that wants to hurt: each gives a violation of one record or a clear error, and never needs more than the caps.
// `TRIBUTARY_CASES=100000` for the long run.

import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SyncError } from '../../src/domain/errors.ts';
import { START } from '../../src/formats/format.ts';
import { formats } from '../../src/formats/registry.ts';
import { codeOf, frame, read, streamOf, type StreamChanges } from './support.ts';

const CASES = Number(process.env['TRIBUTARY_CASES'] ?? 500);

describe('one line that never ends', () => {
  const CHUNK = 64 * 1024;
  const CAP = 1024 * 1024;

  test.each<[string, StreamChanges, string, string]>([
    ['in a cell', { format: 'csv' }, 'a,b\n1,', 'x'],
    ['in a quoted cell', { format: 'csv' }, 'a,b\n1,"', 'x\n'],
    ['in a quoted cell of quotes', { format: 'csv' }, 'a,b\n1,"', '""'],
    ['in an escaped cell', { format: 'csv', csv: { escape: '\\' } }, 'a,b\n1,"', '\\"'],
    ['of delimiters', { format: 'csv' }, 'a,b\n1,', ','],
    ['in the header', { format: 'csv' }, '', 'name,'],
    ['in a comment', { format: 'csv', csv: { comment: '#' } }, 'a\n#', 'x'],
    ['that is skipped', { format: 'csv', csv: { skipLines: 1 } }, '', 'x'],
    ['of UTF-16', { format: 'csv', encoding: 'utf-16le' }, 'a\0\n\0', 'x\0'],
    ['of NDJSON', { format: 'ndjson' }, '{"a":"', 'x'],
    ['of blanks in NDJSON', { format: 'ndjson' }, '', ' '],
  ])('%s is refused at the cap, whatever more would come', (_, changes, head, repeated) => {
    const framer = formats[changes.format ?? 'csv'].createFramer(streamOf({ ...changes, maxRecordBytes: CAP }), START);
    const chunk = Buffer.from(repeated.repeat(CHUNK / repeated.length));
    let pushed = 0;
    framer.push(Buffer.from(head));
    const code = codeOf(() => {
      for (; pushed < 1_000_000_000; pushed += chunk.length) {
        while (framer.next() !== null);
        framer.push(Buffer.from(chunk));
      }
    });
    expect(code).toBe('source.limit');
    expect(pushed).toBeLessThanOrEqual(2 * CAP + 2 * CHUNK);
  });
});

describe('a million columns', () => {
  const many = ','.repeat(1_000_000);

  test('in a row are a violation, which says how many there are up to a cap', () => {
    const stream = { maxRecordBytes: 2_000_000 };
    expect(read(stream, `a,b\n${many}\n1,2\n`)).toEqual([
      'record.malformed: there are more than 100000 delimiters in it',
      { a: '1', b: '2' },
    ]);
    expect(read(stream, `a,b\n${many.slice(0, 99_999)}\n`)).toEqual([
      'record.columns: the row has 100000 cells, the header 2 columns',
    ]);
    expect(read(stream, `a,b\n"${many}",2\n`)).toEqual([{ a: many, b: '2' }]);
  });

  test('in a header are refused, as no header is that long', () => {
    const prefix = Buffer.from(many.replaceAll(',', 'c,')).subarray(0, 65_536);
    expect(codeOf(() => formats.csv.inspect(streamOf({}), 'utf-8', prefix))).toBe('source.limit');
  });
});

describe('characters', () => {
  test.each<[string, readonly number[], string]>([
    ['U+0000', [0], 'record.character'],
    ['half a surrogate pair', [0xed, 0xa0, 0x80], 'record.encoding'],
    ['an overlong slash', [0xc0, 0xaf], 'record.encoding'],
    ['a code point beyond Unicode', [0xf4, 0x90, 0x80, 0x80], 'record.encoding'],
    ['half a character', [0xe4, 0xb8], 'record.encoding'],
  ])('%s is a violation of its record alone, in CSV and in NDJSON', (_, bytes, rule) => {
    const of = (head: string, tail: string): Buffer =>
      Buffer.concat([Buffer.from(head), Buffer.from(bytes), Buffer.from(tail)]);
    const csv = read({}, of('a,b\n1,x', '\n2,y\n'));
    expect(csv).toEqual([expect.stringContaining(rule), { a: '2', b: 'y' }]);
    const ndjson = read({ format: 'ndjson' }, of('{"a":"x', '"}\n{"a":"y"}\n'));
    expect(ndjson).toEqual([expect.stringMatching(/^record\.(encoding|malformed|character)/), { a: 'y' }]);
  });

  test('half a pair by its escape is a violation in NDJSON', () => {
    expect(read({ format: 'ndjson' }, '{"a":"\\ud800"}\n{"a":"\\u0000"}\n')).toEqual([
      expect.stringContaining('record.character'),
      expect.stringContaining('record.character'),
    ]);
  });

  test('names of JavaScript’s objects are violations in NDJSON and refused as columns', () => {
    for (const name of ['__proto__', 'constructor', 'prototype']) {
      expect(read({ format: 'ndjson' }, `{"${name}":{"x":"1"}}\n`)).toEqual([
        expect.stringContaining('record.forbidden_name'),
      ]);
      expect(codeOf(() => read({}, `a,${name}\n1,2\n`))).toBe('source.header');
    }
    expect(({} as { x?: unknown }).x).toBeUndefined();
  });
});

describe('any bytes at all', () => {
  const UNITS = ['a', ',', '"', '\\', '\n', '\r', '\r\n', '#', '""', ',"', '",', '{"a":1}', '\uFEFF', '中', '\0'];
  const soup = fc.oneof(
    fc.string({ unit: fc.constantFrom(...UNITS), maxLength: 40 }).map((text) => Buffer.from(text)),
    fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
  );
  const streams = fc.constantFrom<StreamChanges>(
    {},
    { csv: { columns: ['a', 'b'] } },
    { csv: { comment: '#', skipLines: 1 } },
    { csv: { escape: '\\', columns: ['a'] } },
    { csv: { quote: '' }, lastLine: 'hold' },
    { csv: { delimiter: ',,' }, lastLine: 'refuse' },
    { encoding: 'gb18030', csv: { delimiter: '\\' } },
    { encoding: 'shift_jis', csv: { delimiter: 'a' } },
    { encoding: 'utf-16be' },
    { format: 'ndjson' },
    { format: 'ndjson', lastLine: 'hold' },
  );

  test('are records and violations, or one clear error, wherever they are cut', () => {
    fc.assert(
      fc.property(soup, streams, fc.integer({ min: 1, max: 9 }), (bytes, changes, size) => {
        const outcome = (sizes: readonly number[]): unknown => {
          try {
            const { records } = frame(streamOf(changes), bytes, { sizes });
            return records.map(({ offset, bytes: record }) => [offset, record.toString('hex')]);
          } catch (error) {
            if (!(error instanceof SyncError)) throw error;
            return error.code;
          }
        };
        expect(outcome([size])).toEqual(outcome([bytes.length + 1]));
        codeOf(() => read(changes, bytes));
      }),
      { numRuns: CASES },
    );
  });

  test('are lost nowhere: what is no record is a line end, or blank, or before the records', () => {
    const lines = fc.constantFrom<StreamChanges>({ csv: { columns: ['a'] } }, { format: 'ndjson', lastLine: 'hold' });
    fc.assert(
      fc.property(soup, lines, (bytes, changes) => {
        const stream = streamOf(changes);
        if (codeOf(() => frame(stream, bytes)) !== 'no error') return;
        const between: number[] = [];
        let end = bytes.indexOf('\uFEFF') === 0 ? 3 : 0;
        for (const { offset, bytes: record } of frame(stream, bytes).records) {
          between.push(...bytes.subarray(end, offset));
          end = offset + record.length;
        }
        between.push(...bytes.subarray(end));
        const blanks = stream.format === 'csv' ? [0x0a, 0x0d] : [0x0a, 0x0d, 0x20, 0x09];
        expect(between.filter((byte) => !blanks.includes(byte))).toEqual([]);
      }),
      { numRuns: CASES },
    );
  });
});
