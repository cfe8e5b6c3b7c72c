// Random documents through every framer and decoder. The full run: npm run fuzz -- --seconds 600.

import { describe, expect, test } from 'vitest';
import { caseOf, FORMATS } from '../../bench/fuzz/cases.ts';
import { checkCase } from '../../bench/fuzz/check.ts';
import { type From, streamOf } from '../../bench/fuzz/documents.ts';
import { problemIn, problemOf } from '../../bench/fuzz/problem.ts';
import { compareRecords } from '../../bench/fuzz/reference.ts';
import type { SourceRecord } from '../../src/domain/values.ts';
import { cases } from './cases.ts';
import { caseOfSeed, SEEDS } from './fuzz-seeds.ts';

test.each(SEEDS)('$was: no more', (seed) => expect(problemIn(caseOfSeed(seed))).toBeNull());

test.each(FORMATS)('%s: nothing is lost or invented, whatever the bytes', (format) => {
  const problems = Array.from({ length: cases(300) }, (_none, seed) => ({ seed, problem: problemOf(format, seed) }));
  expect(problems.filter(({ problem }) => problem !== null)).toEqual([]);
});

describe('the oracle finds', () => {
  const bytes = Buffer.from('id,name\n1,a\n2,b\n3,c\n');
  const one = { ...caseOf('csv', 1), stream: streamOf({ format: 'csv', encoding: 'utf-8' }), bytes, original: bytes };
  const compare = (from: From, text: string, records: readonly (SourceRecord | null)[]): string | null =>
    compareRecords(
      streamOf(from),
      Buffer.from(text),
      records.map((record) =>
        record === null ? { ok: false, rule: 'record.malformed', message: '' } : { ok: true, record },
      ),
    );

  test('nothing wrong with a document that is read right', () => expect(checkCase(one)).toBeNull());

  test('a document that is called well-formed and is not', () => {
    const cut = Buffer.from('id,name\n1,"a');
    expect(checkCase({ ...one, bytes: cut, original: cut })).toMatch(/ends with source.truncated$/);
    const ragged = Buffer.from('id,name\n1\n');
    expect(checkCase({ ...one, bytes: ragged, original: ragged })).toMatch(/^record 0 of a well-formed/);
  });

  test('a record that changed with what comes after it', () => {
    const original = Buffer.from('id,name\n1,x\n2,b\n3,c\n');
    const changed = Buffer.from('id,name\n1,x\n2,b\n3,"\n');
    expect(checkCase({ ...one, original, bytes: changed })).toBeNull();
  });

  const [a, b, c] = [{ id: '1' }, { id: '2' }, { id: '3' }];
  test.each<readonly [From, string]>([
    [{ format: 'csv' }, 'id\n1\n2\n3\n'],
    [{ format: 'csv', csv: { skip_lines: 1, comment: '#', delimiter: ';' } }, 'as of\nid;x\n1;\n#"\n2;\n3;\n'],
    [{ format: 'ndjson' }, '{"id":1}\n\n{"id":2}\n{"id":3}\n'],
    [{ format: 'json' }, '[{"id":1},{"id":2},{"id":3}]'],
    [{ format: 'json', record: 'a.b' }, '{"a":{"b":[{"id":1},{"id":2},{"id":3}]}}'],
    [{ format: 'json', record: 'a[].b' }, '{"a":[{"b":[{"id":1},{"id":2}]},{"b":[]},{"b":[{"id":3}]}]}'],
    [{ format: 'xml', record: 'r/c' }, '<r><c id="1"/><d><c/></d><c><id>2</id></c><c><id><![CDATA[3]]></id></c></r>'],
  ])('records of %o that were lost, invented or changed', (from, text) => {
    expect(compare(from, text, [a, b, c])).toBeNull();
    expect(compare(from, text, [a, c])).toBe('2 records were read, there are 3');
    expect(compare(from, text, [a, b, c, c])).toBe('4 records were read, there are 3');
    expect(compare(from, text, [a, c, b])).toBe('record 1 is not what another parser reads there');
    // One that was refused is not lost.
    expect(compare(from, text, [a, null, c])).toBeNull();
  });

  test('an ill-formed document that was read without a word', () => {
    for (const [from, text] of [
      [{ format: 'xml', record: 'a' }, '<a><b></a>'],
      [{ format: 'json' }, '[{"id":01}]'],
      [{ format: 'json', record: 'a' }, '{"b":[]}'],
    ] as const) {
      expect(compare(from, text, [a])).toMatch(/^an ill-formed/);
      expect(compare(from, text, [null])).toBeNull();
    }
  });
});
