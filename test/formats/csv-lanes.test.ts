// The fast lane of CSV says what csv-parse says. `TRIBUTARY_CASES=100000` for the long run.

import { parse } from 'csv-parse/sync';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { CsvDialect, StreamDefinition } from '../../src/domain/definition.ts';
import type { Decoded } from '../../src/formats/format.ts';
import { formats } from '../../src/formats/registry.ts';
import { frame, streamOf } from './support.ts';

const CASES = Number(process.env['TRIBUTARY_CASES'] ?? 500);

const dialect = fc
  .record({
    delimiter: fc.constantFrom(',', ';', '\t', '|', ';;', '||', '::', '中', ',;', 'a'),
    quote: fc.constantFrom('"', '"', '"', "'", '|', ''),
    escape: fc.constantFrom(null, null, '\\', '"', "'", '`'),
  })
  .filter(({ delimiter, quote, escape }) => !delimiter.includes(quote || '"') && !delimiter.includes(escape ?? '"'))
  .map((given) => ({ ...given, escape: given.quote === '' ? null : given.escape }));

const UNITS = [
  ...Array.from('ab,;|:"\'\\` \t中😀é#'),
  '\u2028',
  '\uFEFF',
  '\0',
  '""',
  '","',
  '\\"',
  '\n',
  '\r\n',
  '\r',
];

/** Anything at all, with what has a meaning in some dialect more often than not. */
const hostile = fc.string({ unit: fc.constantFrom(...UNITS), maxLength: 24 });

/** A row as a careful exporter writes it, in a dialect. */
function wellFormed({ delimiter, quote, escape }: Dialect): fc.Arbitrary<string> {
  const cell = fc.record({ text: hostile, quoted: fc.boolean() }).map(({ text, quoted }) => {
    const plain = text.replaceAll('\0', '');
    if (quote === '') return plain.replaceAll(/[\r\n]/g, '').replaceAll(delimiter, '');
    const special = [delimiter, quote, '\n', '\r'].some((mark) => plain.includes(mark));
    return quoted || special ? quote + escaped(plain, quote, escape ?? quote) + quote : plain;
  });
  return fc.array(cell, { minLength: 1, maxLength: 5 }).map((cells) => cells.join(delimiter));
}

function escaped(text: string, quote: string, escape: string): string {
  const twice = escape === quote ? text : text.replaceAll(escape, escape + escape);
  return twice.replaceAll(quote, escape + quote);
}

type Dialect = Pick<CsvDialect, 'delimiter' | 'quote' | 'escape'>;

const cases = dialect.chain((csv) =>
  fc.record({
    csv: fc.constant(csv),
    row: fc.oneof(hostile, wellFormed(csv)),
    width: fc.integer({ min: 1, max: 5 }),
    empty: fc.constantFrom<'absent' | 'null'>('absent', 'null'),
  }),
);

interface Lanes {
  readonly stream: StreamDefinition;
  readonly text: string;
  readonly decoded: Decoded;
  readonly reference: Decoded;
  readonly fast: boolean;
}

/** What both lanes say of the first record of a file without a header. */
function decodeFirst({ csv, row, width, empty }: typeof cases extends fc.Arbitrary<infer T> ? T : never): Lanes | null {
  const columns = Array.from({ length: width }, (_, index) => `c${index}`);
  const stream = streamOf({ empty, csv: { ...csv, columns } });
  const [raw] = firstRecord(stream, Buffer.from(`${row}\n`));
  if (raw === undefined) return null;
  const decode = formats.csv.createDecoder(stream, 'utf-8', { header: '' });
  const decoded = decode(raw);
  return {
    stream,
    text: raw.bytes.toString(),
    decoded,
    reference: decode.reference(raw),
    fast: decode.lanes.fast === 1,
  };
}

function firstRecord(stream: StreamDefinition, bytes: Buffer): ReturnType<typeof frame>['records'] {
  try {
    return frame(stream, bytes).records;
  } catch {
    return []; // no record, or a quote that never ends
  }
}

test('both lanes say the same of any record, in any dialect', () => {
  const seen = { fast: 0, refused: 0, accepted: 0 };
  fc.assert(
    fc.property(cases, (given) => {
      const lanes = decodeFirst(given);
      if (lanes === null) return;
      expect(lanes.decoded).toEqual(lanes.reference);
      if (lanes.fast) seen.fast++;
      seen[lanes.decoded.ok ? 'accepted' : 'refused']++;
    }),
    { numRuns: CASES },
  );
  // The test is worth something only if it has seen all of these often.
  expect(Math.min(seen.fast, seen.refused, seen.accepted)).toBeGreaterThan(CASES / 20);
});

test('what the fast lane takes is what csv-parse makes of the same text, called with nothing of ours between', () => {
  fc.assert(
    fc.property(cases, (given) => {
      const lanes = decodeFirst(given);
      if (lanes === null || !lanes.fast || !lanes.decoded.ok) return;
      const { delimiter, quote, escape } = given.csv;
      const options = quote === '' ? { quote: false, escape: null } : { quote, escape: escape ?? quote };
      const rows = parse(lanes.text, { delimiter, ...options, record_delimiter: ['\r\n', '\n', '\r'] });
      const names = lanes.stream.csv.columns ?? [];
      const { record } = lanes.decoded;
      expect(rows).toEqual([names.map((name) => record[name] ?? '')]);
    }),
    { numRuns: CASES },
  );
});

test('every well-formed record with doubled quotes is taken by the fast lane', () => {
  const csv: Dialect = { delimiter: ',', quote: '"', escape: null };
  fc.assert(
    fc.property(wellFormed(csv), (row) => {
      // An empty cell before it, as an empty line is no record.
      expect(decodeFirst({ csv, row: `"",${row}`, width: 6, empty: 'null' })?.fast).toBe(true);
    }),
    { numRuns: CASES },
  );
});

test('the lanes are counted', () => {
  const stream = streamOf({});
  const decode = formats.csv.createDecoder(stream, 'utf-8', { header: Buffer.from('a,b').toString('base64') });
  for (const text of ['1,2', '"1","x""y"', '1,2,3', '1"x,2', '"1"x,2', '\xff,1']) {
    decode({ offset: 0, bytes: Buffer.from(text, 'latin1') });
  }
  expect(decode.lanes).toEqual({ fast: 2, reference: 4 });
});
