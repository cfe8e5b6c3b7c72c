import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compilePattern } from '../../src/expressions/pattern.ts';

const SAME_AS_JAVASCRIPT: readonly [pattern: string, texts: readonly string[]][] = [
  ['', ['', 'a']],
  ['a', ['a', 'b', 'xax']],
  ['^a$', ['a', 'aa', '', 'a\n']],
  ['^(?:a|bc)*$', ['', 'abca', 'ab', 'bcbc']],
  ['^a{2,3}$', ['a', 'aa', 'aaa', 'aaaa']],
  ['^a{2,}?$', ['a', 'aa', 'aaaaaa']],
  ['^(a?){3}b$', ['b', 'aaab', 'aaaab']],
  ['^[\\w.-]+@\\w+$', ['a.b-c@d', '@d', 'é@d']],
  ['\\bfoo\\b', ['foo', 'a foo b', 'foobar', 'xfoo']],
  ['\\Boo', ['foo', 'oo']],
  ['^[^0-9]+$', ['abc', 'a1']],
  ['^.{2}$', ['😀😀', '😀', 'ab', 'a\n']],
  ['^\\p{Script=Han}+$', ['上海', '上a']],
  ['^\\u4e0a\\x41$', ['上A']],
  ['(x+x+)+y', ['xxxxxxy', 'xxxxxx']],
  ['^(a*)*$', ['aaaa', 'b']],
  ['a|', ['', 'b']],
  ['^\\d{4}-\\d{2}$', ['2021-01', '2021-1']],
];

describe('a pattern matches what JavaScript would match', () => {
  test.each(SAME_AS_JAVASCRIPT)('%s', (pattern, texts) => {
    const javascript = new RegExp(pattern, 'u');
    const ours = compilePattern(pattern);
    expect(texts.map((text) => [text, ours(text)])).toEqual(texts.map((text) => [text, javascript.test(text)]));
  });

  const atom = fc.constantFrom('a', 'b', '.', '[ab]', '[^a]', '\\w', '\\b', '(?:a|b)', '^', '$', '(ab)', '(?:a|)');
  const count = fc.constantFrom('', '', '*', '+', '?', '{2}', '{1,2}', '{0,}', '*?');
  const piece = fc.tuple(atom, count).map(([a, c]) => (/^(\^|\$|\\b)$/.test(a) ? a : a + c));
  const sequence = fc.array(piece, { maxLength: 4 }).map((pieces) => pieces.join(''));
  const pattern = fc
    .tuple(sequence, sequence, fc.constantFrom('', '*', '+', '?'))
    .map(([left, right, repeat]) => `(?:${left}|${right})${repeat}${left}`);

  test('for generated patterns and texts', () => {
    fc.assert(
      fc.property(
        pattern,
        fc.array(fc.string({ unit: fc.constantFrom('a', 'b', ' ', '中'), maxLength: 6 })),
        (p, texts) => {
          const ours = compilePattern(p);
          const javascript = new RegExp(p, 'u');
          for (const text of texts) expect([p, text, ours(text)]).toEqual([p, text, javascript.test(text)]);
        },
      ),
      { numRuns: 500 },
    );
  });
});

test.each([
  ['(?i)^abc$', 'ABC', true],
  ['(?s)^.$', '\n', true],
  ['^\\p{Han}{2,4}$', '王小明', true],
  ['^\\P{Han}+$', '王', false],
  ['\\Aa\\z', 'a', true],
  ['^a\\-b\\@c$', 'a-b@c', true],
  ['^[\\@\\-x]+$', '@-x', true],
  ['^(?P<year>\\d{4})$', '2021', true],
])('beyond JavaScript: %s on %j is %s', (pattern, text, expected) => {
  expect(compilePattern(pattern)(text)).toBe(expected);
});

test.each([
  ['(', 'the pattern has a ( without a ) (at character 2)'],
  ['a)', 'the pattern has a ) without a ( (at character 2)'],
  ['*a', 'the pattern has a * with nothing to repeat (at character 1)'],
  ['a**', 'the pattern repeats a repetition (at character 3)'],
  ['[a', 'the pattern has a [ without a ] (at character 3)'],
  ['[]', 'the pattern has an empty [ ]; write [\\]] for the bracket (at character 2)'],
  ['[z-a]', 'the pattern has [z-a], which is not a valid set of characters'],
  ['a{3,2}', 'the pattern has repeat counts in the wrong order (at character 7)'],
  ['a{x}', 'the pattern has a { that is no repeat count; write \\{ for the character (at character 2)'],
  ['(?=a)', 'the pattern uses look-around, which is not supported (at character 1)'],
  ['(a)\\1', 'the pattern uses a back-reference, which is not supported (at character 4)'],
  ['\\q', 'the pattern uses the unknown escape \\q (at character 1)'],
  ['a\\', 'the pattern ends with a \\ (at character 2)'],
  ['\\p{Nonsense}', 'the pattern uses the unknown class \\p{Nonsense}'],
  ['(a{1000}){1000}', 'the pattern is too large once its repeat counts are written out; use smaller counts'],
  [
    '((((){1000}){1000}){1000}){1000}',
    'the pattern is too large once its repeat counts are written out; use smaller counts',
  ],
  ['a'.repeat(201), 'the pattern is longer than 200 characters'],
])('%s is refused with the reason', (pattern, message) => {
  expect(() => compilePattern(pattern)).toThrow(message);
});

describe('patterns that take JavaScript minutes or years', () => {
  test.each(['^(a+)+$', '^(a|a)*$', '^(a|aa)+$', '^a*a*a*a*a*b', '^(?:a?){30}a{30}$', '(.*)*x', '(a{1,20}){1,20}b'])(
    '%s answers on 10,000 characters',
    (pattern) => {
      expect(compilePattern(pattern)(`${'a'.repeat(9998)}!`)).toBe(false);
    },
  );

  test('a pattern whose deterministic states are without number answers, on text made to visit them', () => {
    let seed = 1;
    const text = Array.from({ length: 10_000 }, () => 'ab'[(seed = (seed * 48_271) % 2_147_483_647) & 1]).join('');
    expect(compilePattern('[ab]*a[ab]{300}c')(text)).toBe(false);
    expect(compilePattern('[ab]*a[ab]{300}c')(`${text.slice(0, 9000)}a${'b'.repeat(300)}c`)).toBe(true);
  });

  test('a text over 10,000 characters is not looked at', () => {
    expect(compilePattern('a')('a'.repeat(10_001))).toBe('too_long');
  });

  test('what is learned stays bounded and right over ever new characters', () => {
    const matches = compilePattern('^[^\\s]{3}$');
    for (let point = 0x4e00; point < 0x4e00 + 9000; point += 1) {
      const char = String.fromCodePoint(point);
      expect(matches(char.repeat(3))).toBe(true);
      expect(matches(char.repeat(4))).toBe(false);
    }
  });
});
