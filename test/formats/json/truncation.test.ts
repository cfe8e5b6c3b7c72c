// A JSON document shows its end: whatever is missing from it, it is refused.

import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { documentOf, streamOf as customersOf } from '../../../bench/formats/documents.ts';
import type { StreamDefinition } from '../../../src/domain/definition.ts';
import { START } from '../../../src/formats/format.ts';
import { formats } from '../../../src/formats/registry.ts';
import { cases } from '../cases.ts';
import { codeOf, frame, streamOf } from '../support.ts';

const records = fc.array(fc.dictionary(fc.constantFrom('a', 'b"', '中', '}'), fc.jsonValue({ maxDepth: 2 })), {
  maxLength: 4,
});
const documents: readonly [string, fc.Arbitrary<string>][] = [
  ['', records.map((list) => JSON.stringify(list))],
  ['', fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 2 })).map((record) => JSON.stringify(record))],
  ['data.list', records.map((list) => JSON.stringify({ n: list.length, data: { list, more: [[]] } }, null, 1))],
  ['[].items', fc.array(records, { maxLength: 3 }).map((pages) => JSON.stringify(pages.map((items) => ({ items }))))],
];

function read(stream: StreamDefinition, bytes: Uint8Array): void {
  const framer = formats[stream.format].createFramer(stream, START);
  framer.push(bytes);
  framer.finish();
  while (framer.next() !== null);
}

test.each(documents)('every strict prefix of a small document with records at "%s" is refused', (record, texts) => {
  const stream = streamOf({ format: 'json', record });
  fc.assert(
    fc.property(texts, (text) => {
      const bytes = Buffer.from(text);
      const codes = new Set<string>();
      for (let length = 1; length < bytes.length; length++) {
        codes.add(codeOf(() => read(stream, bytes.subarray(0, length))));
      }
      expect([...codes], text).toEqual(bytes.length < 2 ? [] : ['source.truncated']);
      expect(codeOf(() => frame(stream, bytes))).toBe('no error');
    }),
    { numRuns: cases(25) },
  );
});

test('1,000 cuts of a large document, anywhere, are refused', () => {
  const stream = customersOf('json');
  const bytes = Buffer.concat([...documentOf('json', { rows: 2000, seed: 3 })]);
  const end = bytes.lastIndexOf('}');
  const codes = new Map<string, number>();
  let random = 20_261_122;
  for (let cut = 0; cut < 1000; cut++) {
    random = (Math.imul(random, 1_103_515_245) + 12_345) >>> 0;
    const code = codeOf(() => read(stream, bytes.subarray(0, 1 + (random % end))));
    codes.set(code, (codes.get(code) ?? 0) + 1);
  }
  expect([...codes]).toEqual([['source.truncated', 1000]]);
  expect(codeOf(() => read(stream, bytes))).toBe('no error');
});
