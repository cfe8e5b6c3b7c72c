// Documents made to hurt: each gives a violation or a clear error, in time that grows with its size alone, and holds no
// more than the limits allow.

import { describe, expect, test } from 'vitest';
import { START } from '../../../src/formats/format.ts';
import { jsonReader } from '../../../src/formats/json/reader.ts';
import { codeOf, decodeAll, plain, read, streamOf } from '../support.ts';

const LIMIT = 1_000_000;
const CHUNK_BYTES = 64 * 1024;

describe('a gigabyte is refused as soon as it is more than a record may be', () => {
  test.each<[string, string, string, string]>([
    ['of text in a record', '', '[{"a":"', 'x'],
    ['of backslashes in a record', '', '[{"a":"', '\\'],
    ['of escapes in a record', '', '[{"a":"', '\\u0041'],
    ['of digits in a record', '', '[{"a":', '1'],
    ['of digits instead of a record', '', '[', '1'],
    ['of a name in a record', '', '[{"', 'n'],
    ['of members in a record', '', '[{', '"a":1,'],
    ['of lists in a record', '', '[{"a":[', '[],'],
    ['of blanks in a record', '', '[{', ' '],
    ['of text beside the records', 'a', '{"x":"', 'x'],
    ['of digits beside the records', 'a', '{"x":', '1'],
    ['of a name beside the records', 'a', '{"', 'n'],
  ])('%s', (_, record, head, repeated) => {
    const framer = jsonReader.createFramer(streamOf({ format: 'json', record, maxRecordBytes: LIMIT }), START);
    const chunk = Buffer.from(repeated.repeat(Math.floor(CHUNK_BYTES / repeated.length)));
    let taken = 0;
    const code = codeOf(() => {
      framer.push(Buffer.from(head));
      for (; taken < 1e9; taken += chunk.length) {
        while (framer.next() !== null);
        framer.push(Buffer.from(chunk));
      }
    });
    expect(code).toBe('source.limit');
    expect(taken).toBeLessThan(LIMIT + 2 * CHUNK_BYTES);
  });

  test('of nothing between two records is passed over, and still has to end', () => {
    const framer = jsonReader.createFramer(streamOf({ format: 'json', maxRecordBytes: LIMIT }), START);
    framer.push(Buffer.from('[{},'));
    const blanks = Buffer.alloc(1024 * 1024, '\n');
    for (let pushed = 0; pushed < 16; pushed++) {
      framer.push(Buffer.from(blanks));
      while (framer.next() !== null);
    }
    framer.finish();
    expect(codeOf(() => framer.next())).toBe('source.truncated');
  });
});

describe('nesting', () => {
  test.each<[string, string, string]>([
    ['of a hundred thousand lists', '[', ']'],
    ['of a hundred thousand objects', '{"a":', '}'],
  ])('%s is refused, closed or not', (_, open, close) => {
    const stream = streamOf({ format: 'json' });
    const deep = open.repeat(100_000);
    for (const text of [`[${deep}`, `[${deep}1${close.repeat(100_000)}]`]) {
      expect(codeOf(() => decodeAll(stream, Buffer.from(text)))).toBe('source.limit');
    }
  });

  test('of thousands is a violation of its record', () => {
    const text = `[{"a":${'['.repeat(5000)}${']'.repeat(5000)}},{"a":1}]`;
    expect(read({ format: 'json' }, text)).toEqual(['record.limit: nested deeper than 64 levels', { a: '1' }]);
  });
});

test('more values than a record may have are a violation: they would take far more memory than the file', () => {
  const list = (length: number): string => `{"a":[${Array.from({ length }, () => '12').join(',')}]}`;
  const stream = streamOf({ format: 'json', maxRecordBytes: 16_000_000 });
  const [more, next] = decodeAll(stream, Buffer.from(`[${list(999_999)},{"a":1}]`));
  expect(more).toEqual({ ok: false, rule: 'record.limit', message: 'more than 1000000 values' });
  expect(next?.ok).toBe(true);
});

describe('characters', () => {
  test.each<[string, readonly number[], string]>([
    ['U+0000', [0], 'record.malformed'],
    ['half a surrogate pair', [0xed, 0xa0, 0x80], 'record.encoding'],
    ['an overlong slash', [0xc0, 0xaf], 'record.encoding'],
    ['a code point beyond Unicode', [0xf4, 0x90, 0x80, 0x80], 'record.encoding'],
    ['half a character', [0xe4, 0xb8], 'record.encoding'],
    ['U+0000 by its escape', [...Buffer.from('\\u0000')], 'record.character'],
    ['half a surrogate pair by its escape', [...Buffer.from('\\udc00')], 'record.character'],
  ])('%s is a violation of its record alone', (_, bytes, rule) => {
    const document = Buffer.concat([Buffer.from('[{"a":"x'), Buffer.from(bytes), Buffer.from('"},{"a":"y"}]')]);
    const [first, second] = decodeAll(streamOf({ format: 'json' }), document);
    expect(first).toMatchObject({ ok: false, rule });
    expect(second?.ok).toBe(true);
  });

  test('around the records refuse the document, unless it is JSON', () => {
    const around = (bytes: readonly number[]): Buffer =>
      Buffer.concat([Buffer.from('{"x":"'), Buffer.from(bytes), Buffer.from('","a":[]}')]);
    const stream = streamOf({ format: 'json', record: 'a' });
    for (const bytes of [[0], [0xff], [...Buffer.from('\\x')]]) {
      expect(codeOf(() => decodeAll(stream, around(bytes)))).toBe('source.malformed');
    }
    for (const escape of ['\\u0000', '\\ud800']) {
      expect(codeOf(() => decodeAll(stream, around([...Buffer.from(escape)])))).toBe('no error');
    }
  });

  test('names of JavaScript’s objects are violations, at any depth and however they are written', () => {
    for (const name of ['__proto__', 'constructor', 'prototype', '\\u005f_proto__']) {
      for (const record of [`{"${name}":{"x":"1"}}`, `{"a":[{"b":{"${name}":1}}]}`]) {
        expect(read({ format: 'json' }, `[${record}]`)).toEqual([expect.stringContaining('record.forbidden_name')]);
      }
    }
    expect(({} as { x?: unknown }).x).toBeUndefined();
  });

  test('names that only look like them are names', () => {
    const [decoded] = decodeAll(
      streamOf({ format: 'json' }),
      Buffer.from('[{"toString":1,"__PROTO__":2,"valueOf":3}]'),
    );
    expect(decoded && plain(decoded)).toEqual({ toString: '1', __PROTO__: '2', valueOf: '3' });
  });
});
