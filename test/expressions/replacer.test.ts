import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compileReplacer } from '../../src/expressions/pattern.ts';

const replace = (pattern: string, template: string, text: string): string => {
  const made = compileReplacer(pattern, template)(text);
  return made === 'too_long' ? made : made.text;
};

test.each([
  ['a', 'b', 'banana', 'bbnbnb'],
  ['\\s+', ' ', 'a \t b', 'a b'],
  ['^(\\d{4})(\\d{2})(\\d{2})$', '$1-$2-$3', '20210208', '2021-02-08'],
  ['(?<y>\\d{4})年(?<m>\\d+)月', '$<y>-$<m>', '2021年2月', '2021-2'],
  ['[^\\d]', '', '+86 138-0013', '861380013'],
  ['.', '($&)', '😀a', '(😀)(a)'],
  ['', '-', 'a😀', '-a-😀-'],
  ['\\b', '|', 'ab cd', '|ab| |cd|'],
  ['x', '$$', 'x', '$'],
  ['(a)|(b)', '<$1$2>', 'ab', '<a><b>'],
  ['(?i)gmbh$', 'GmbH', 'Muster GMBH', 'Muster GmbH'],
  ['a+?', 'x', 'aaa', 'xxx'],
  ['<.*?>', '', '<b>a</b>', 'a'],
  ['<.*>', '', '<b>a</b>', ''],
  ['a|ab', 'x', 'ab', 'xb'],
  ['(a|ab)(c|bcd)?', '$1,$2', 'abcd', 'a,bcd'],
])('%s with %s makes of %s: %s', (pattern, template, text, expected) => {
  expect(replace(pattern, template, text)).toBe(expected);
});

test.each([
  ['(a)', '$2', '`$2` is no group of the pattern; write $$ for a dollar'],
  ['a', '$1', '`$1` is no group of the pattern; write $$ for a dollar'],
  ['(?<y>a)', '$<z>', '`$<z>` is no group of the pattern; write $$ for a dollar'],
  ['(', '', 'the pattern has a ( without a )'],
])('%s with %s is refused', (pattern, template, message) => {
  expect(() => compileReplacer(pattern, template)).toThrow(message);
});

describe('what is found is what JavaScript finds', () => {
  const atom = fc.constantFrom('a', 'b', '.', '[ab]', '[^a]', '\\w', '\\b', '(?:a|b)', '^', '$', '(ab)', '(?:ab|a)');
  const count = fc.constantFrom('', '', '*', '+', '?', '{2}', '{1,2}', '{0,}', '*?', '+?', '??', '{1,2}?');
  const piece = fc.tuple(atom, count).map(([a, c]) => (/^(\^|\$|\\b)$/.test(a) ? a : a + c));
  const sequence = fc.array(piece, { maxLength: 4 }).map((pieces) => pieces.join(''));
  const pattern = fc.tuple(sequence, sequence).map(([left, right]) => `(?:${left}|${right})${left}`);
  const texts = fc.array(fc.string({ unit: fc.constantFrom('a', 'b', ' ', '中', '😀'), maxLength: 8 }));

  test('for generated patterns and texts', () => {
    fc.assert(
      fc.property(pattern, texts, (p, list) => {
        const ours = compileReplacer(p, '<$&>');
        for (const text of list) {
          const expected = text.replaceAll(new RegExp(p, 'gu'), '<$&>');
          expect([p, text, ours(text)]).toEqual([p, text, { text: expected }]);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('hostile texts', () => {
  test.each(['(a+)+$', '(a|a)*b', '(.*)*x', 'a.*b|a'])('%s answers on 10,000 characters', (pattern) => {
    const made = compileReplacer(pattern, '')('a'.repeat(9999) + '!');
    expect(made === 'too_long' || made.text.length <= 10_000).toBe(true);
  });

  test('a text over 10,000 characters is not looked at', () => {
    expect(compileReplacer('a', '')('a'.repeat(10_001))).toBe('too_long');
  });

  test('many occurrences that each look to the end of the text come to an end', () => {
    expect(compileReplacer('a(?:.*b)?', '')('a'.repeat(10_000))).toBe('too_long');
  });
});
