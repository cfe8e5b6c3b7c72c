import { describe, expect, test } from 'vitest';
import { trailerOf } from '../../src/sources/file/trailer.ts';
import { codeOf } from '../formats/support.ts';

const TEMPLATE = 'END;{count}';

describe.each<[string, (text: string) => Buffer, number]>([
  ['utf-8', (text) => Buffer.from(text), 1],
  ['utf-16le', (text) => Buffer.from(text, 'utf16le'), 2],
  ['utf-16be', (text) => Buffer.from(text, 'utf16le').swap16(), 2],
])('in %s', (encoding, encode, unit) => {
  test.each([
    ['with a line end', 'a\n1\n2\nEND;2\r\n', 6],
    ['without one', 'a\n1\n2\nEND;2', 6],
    ['with blank lines after it', 'a\n1\n2\nEND;2\n \n\n', 6],
    ['alone', 'END;2', 0],
    ['in a tail that begins within a character', '户\nEND;2', 2],
  ])('a trailer %s is found', (_, text, start) => {
    const bytes = encode(text);
    const cut = text.startsWith('户') ? bytes.subarray(1) : bytes;
    const expected = text.startsWith('户') ? bytes.length - unit * 5 - 1 : unit * start;
    expect(trailerOf(cut, encoding, TEMPLATE)).toEqual({ start: expected, count: 2 });
  });

  test.each(['a\n1\n2\n', 'a\nEND;\n', 'END;2\nx', ''])('%j has none', (text) => {
    expect(codeOf(() => trailerOf(encode(text), encoding, TEMPLATE))).toBe('source.truncated');
  });
});
