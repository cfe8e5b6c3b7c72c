// The fast lane takes what it is sure about, and says of it exactly what the reference says. `TRIBUTARY_CASES=100000` for
// the long run.

import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createJsonDecoder } from '../../../src/formats/json/decoder.ts';
import { FastJsonParser } from '../../../src/formats/json/fast-parser.ts';
import { parseJson } from '../../../src/formats/json/parse.ts';
import { cases } from '../cases.ts';

const CASES = cases(500);

const space = fc.constantFrom('', '', '', ' ', '\n\t', '\r\n  ', '\u00A0', '/**/');
const piece = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('a', 'some text ', '中文', '😀', 'é', '\uFFFD', '{', ']', ':', ',', "'") },
  { weight: 3, arbitrary: fc.constantFrom('\\n', '\\"', '\\\\', '\\/', '\\u4e2d', '\\ud83d\\ude00', '\\u0041') },
  { weight: 1, arbitrary: fc.constantFrom('\\ud83d', '\\u0000', '\\x', '\\u12', '\u0000', '\u0001', '\n', '\u2028') },
);
const string = fc.array(piece, { maxLength: 4 }).map((pieces) => `"${pieces.join('')}"`);
const name = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom('"a"', '"b"', '"cust_no"', '"address"', '"0"', '"客户"') },
  { weight: 2, arbitrary: fc.constantFrom('"\\u0061"', '"a\\""', '""', '"toString"', '"hasOwnProperty"') },
  {
    weight: 1,
    arbitrary: fc.constantFrom('"__proto__"', '"\\u005f_proto__"', '"constructor"', `"${'n'.repeat(200)}"`),
  },
  { weight: 1, arbitrary: string },
);
const scalar = fc.oneof(
  { weight: 8, arbitrary: string },
  {
    weight: 6,
    arbitrary: fc.constantFrom('0', '-0', '1.10', '12345678901234567890', '1e5', '-1E+400', 'true', 'false', 'null'),
  },
  { weight: 1, arbitrary: fc.constantFrom('', '01', '1.', '.5', '+1', '-', '1e', 'tru', 'nulls', 'NaN', "'a'", '"a') },
);

const { object } = fc.letrec<{ value: string; object: string; array: string }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    { weight: 4, arbitrary: scalar },
    { weight: 1, arbitrary: tie('object') },
    { weight: 1, arbitrary: tie('array') },
  ),
  object: fc
    .array(
      fc.tuple(space, name, space, space, tie('value'), space).map(([a, key, b, c, value, d]) => {
        return `${a}${key}${b}:${c}${value}${d}`;
      }),
      { maxLength: 5 },
    )
    .map((members) => `{${members.join(',')}}`),
  array: fc.array(fc.tuple(space, tie('value'), space), { maxLength: 3 }).map((items) => {
    return `[${items.map((item) => item.join('')).join(',')}]`;
  }),
}));

const damage = fc.record({
  at: fc.nat(300),
  drop: fc.nat(2),
  add: fc.constantFrom('', '"', '\\', '{', '}', ']', ',', ':', '0', ' ', '\u0000'),
});
const damaged = fc.tuple(object, damage).map(([text, { at, drop, add }]) => {
  const cut = at % (text.length + 1);
  return text.slice(0, cut) + add + text.slice(cut + drop);
});
/** As exports are: the same names, in the same order, mostly. */
const regular = fc
  .tuple(
    fc.constantFrom(['a', 'b', 'cust_no'], ['b', 'a'], ['a', '客户']),
    fc.array(scalar, { minLength: 3, maxLength: 3 }),
  )
  .map(([names, values]) => `{${names.map((key, index) => `"${key}": ${values[index] ?? '0'}`).join(', ')}}`);

/** Records of one stream: what the parser has met changes where it looks, but never what it says. */
const stream = fc.array(fc.oneof(object, damaged, regular), { minLength: 1, maxLength: 6 });

/** Everything that matters: values, the order of names, and that nothing has a prototype. */
function describeValue(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(describeValue);
  if (typeof value !== 'object' || value === null) return value;
  const prototype: unknown = Object.getPrototypeOf(value);
  return { prototype, entries: Object.entries(value).map(([key, inner]) => [key, describeValue(inner)]) };
}

describe('the fast lane', () => {
  test('equals the reference on whatever stands in a stream', () => {
    fc.assert(
      fc.property(stream, (texts) => {
        const decode = createJsonDecoder('utf-8');
        for (const text of texts) {
          const raw = { offset: 0, bytes: Buffer.from(text) };
          expect(describeValue(decode(raw)), text).toEqual(describeValue(decode.reference(raw)));
        }
      }),
      { numRuns: CASES },
    );
  });

  test('what it takes is JSON, and means what JSON.parse says', () => {
    const parser = new FastJsonParser();
    let taken = 0;
    fc.assert(
      fc.property(stream, (texts) => {
        for (const text of texts) {
          const record = parser.parse(text);
          if (record === null) continue;
          taken++;
          expect(numbersOf(record), text).toEqual(JSON.parse(text, (_key, value: unknown) => written(value)));
        }
      }),
      { numRuns: CASES / 4 },
    );
    // Otherwise the property would say nothing.
    expect(taken).toBeGreaterThan(CASES / 10);
  });

  test('takes ordinary records: compact, printed, in other orders, with escapes, with lists', () => {
    const decode = createJsonDecoder('utf-8');
    const records = [
      { id: 1, name: 'Ä "B"\n', tags: ['x', null, true], address: { city: '上海', zip: '200120' } },
      { address: { zip: '1', city: '' }, id: 2.5, name: '', extra: [] },
    ];
    const texts = records.flatMap((record) => [JSON.stringify(record), JSON.stringify(record, null, 2)]);
    for (const text of texts) expect(decode({ offset: 0, bytes: Buffer.from(text) }).ok).toBe(true);
    expect(decode.lanes).toEqual({ fast: texts.length, reference: 0 });
  });

  test('works in other encodings too', () => {
    const decode = createJsonDecoder('gb18030');
    // {"名":"玕"}, where the second byte of 玕 is a backslash.
    const bytes = Buffer.from('7b22c3fb223a22ab5c227d', 'hex');
    expect(decode({ offset: 0, bytes })).toEqual(decode.reference({ offset: 0, bytes }));
    expect(decode.lanes).toEqual({ fast: 1, reference: 0 });
  });

  test('leaves records to the reference when names are data, and stays bounded', () => {
    const parser = new FastJsonParser();
    const record = (index: number): string => `{"n${index}":1}`;
    for (let index = 0; index < 2000; index++) expect(parser.parse(record(index))).not.toBeNull();
    expect(parser.parse(record(2000))).toBeNull();
    expect(parser.parse(record(7))).not.toBeNull();
  });
});

test('the reference parser agrees with JSON.parse on any stream', () => {
  fc.assert(
    fc.property(fc.oneof(object, damaged), (text) => {
      const parsed = parseJson(text);
      if (parsed.ok || parsed.rule === 'record.malformed') expect(parsed.ok, text).toBe(isJson(text));
    }),
    { numRuns: CASES },
  );
});

/** Text that is a number as the number that it is, as JSON.parse would have it. */
function numbersOf(value: unknown): unknown {
  if (typeof value === 'string') return written(value);
  if (Array.isArray(value)) return value.map(numbersOf);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, numbersOf(inner)]));
}

function written(value: unknown): unknown {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && /^-?\d[\d.eE+-]*$/.test(value) && isJson(value) ? Number(value) : value;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
