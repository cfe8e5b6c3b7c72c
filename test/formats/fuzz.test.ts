// Random documents through every framer and decoder. The full run: npm run fuzz -- --seconds 600.

import { describe, expect, test } from 'vitest';
import { caseOf, FORMATS } from '../../bench/fuzz/cases.ts';
import { checkCase } from '../../bench/fuzz/check.ts';
import { problemOf } from '../../bench/fuzz/problem.ts';
import { countRecords } from '../../bench/fuzz/reference.ts';
import type { Format } from '../../src/domain/definition.ts';
import { SEEDS } from './fuzz-seeds.ts';

const CASES = Number(process.env['TRIBUTARY_CASES'] ?? 300);

test.each(SEEDS)('$format seed $seed, which once failed: $was', ({ format, seed }) => {
  expect(problemOf(format, seed)).toBeNull();
});

test.each(FORMATS)('%s: nothing is lost or invented, whatever the bytes', (format) => {
  for (let seed = 1; seed <= CASES; seed++)
    expect({ seed, problem: problemOf(format, seed) }).toEqual({ seed, problem: null });
});

describe('the oracle finds', () => {
  const records = 'id,name\n1,a\n2,b\n3,c\n';
  const one = { ...caseOf('csv', 1), bytes: Buffer.from(records), intact: true };

  test('nothing wrong with a document that is read right', () => {
    expect(checkCase(one)).toBeNull();
  });

  test('a document that is called well-formed and is not', () => {
    expect(checkCase({ ...one, bytes: Buffer.from('id,name\n1,"a') })).toMatch(/ends with source.truncated$/);
  });

  test.each<readonly [Format, string, string]>([
    ['csv', '', records],
    ['ndjson', '', '{"id":1}\n\n{"id":2}\n{"id":3}\n'],
    ['json', '', '[1,{},[2]]'],
    ['json', 'a.b', '{"a":{"b":[1,2,3]}}'],
    ['xml', 'r/c', '<r><c/><d><c/></d><c><c/></c><c a="1"/></r>'],
  ])('a record of %s at "%s" that was lost or invented', (format, record, text) => {
    const stream = { ...caseOf(format, 1).stream, record };
    const count = (framed: number): string | null => countRecords(stream, Buffer.from(text), { framed, refused: 0 });
    expect([count(2), count(3), count(4)]).toEqual([
      '2 records were read, there are 3',
      null,
      '4 records were read, there are 3',
    ]);
  });

  test('an ill-formed document that was read without a word', () => {
    const { stream } = caseOf('xml', 1);
    expect(countRecords(stream, Buffer.from('<a><b></a>'), { framed: 1, refused: 0 })).toMatch(/^an ill-formed/);
    expect(countRecords(stream, Buffer.from('<a><b></a>'), { framed: 1, refused: 1 })).toBeNull();
  });
});
