import { describe, expect, test } from 'vitest';
import { matchesName, splitPattern } from '../../src/sources/file/pattern.ts';
import { codeOf } from '../formats/support.ts';

describe('a pattern matches', () => {
  test.each<[string, string, boolean]>([
    ['a.csv', 'a.csv', true],
    ['a.csv', 'A.csv', false],
    ['a.csv', 'a.csv.bak', false],
    ['*.csv', 'customers.csv', true],
    ['*.csv', '.csv', false],
    ['.*', '.csv', true],
    ['*', 'a.b', true],
    ['*', '.hidden', false],
    ['c-*-?.xml', 'c-2024-06-1.xml', true],
    ['c-*-?.xml', 'c-2024-06-12.xml', false],
    ['?', '😀', true],
    ['客户*', '客户清单.csv', true],
    ['a+(b)', 'a+(b)', true],
    ['[ab]', 'a', false],
    ['**', 'abc', true],
    ['a*', 'a', true],
    ['a?', 'a', false],
  ])('%s ← %s: %s', (pattern, name, expected) => {
    expect(matchesName(name, pattern)).toBe(expected);
  });

  test('in time that does not explode', () => {
    expect(matchesName('a'.repeat(255), `${'*a'.repeat(60)}b`)).toBe(false);
  });
});

test.each(['../a.csv', 'a/../../b', '/etc/passwd', 'a//b', './a', 'a/', '', '..\\a', 'a\0b'])(
  '%j is refused',
  (pattern) => {
    expect(codeOf(() => splitPattern(pattern))).toBe('source.unreadable');
  },
);
