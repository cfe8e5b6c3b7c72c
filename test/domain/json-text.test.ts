import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonicalJsonText } from '../../src/domain/json-text.ts';

test.each([
  ['{"b": 1, "a": [true, null, "x"]}', '{"a":[true,null,"x"],"b":1}'],
  ['{"a": {"z": 1, "b": {}}, "A": []}', '{"A":[],"a":{"b":{},"z":1}}'],
  ['12345678901234567890.10', '12345678901234567890.1'],
  ['[1.50, 1.0, -0, -0.0, 0.10]', '[1.5,1,0,0,0.1]'],
  ['[1e3, 1.5E2, 15e-1, 1e-3, 0e5, 1.23e1]', '[1000,150,1.5,0.001,0,12.3]'],
  ['{"a": 1, "a": 2}', '{"a":2}'],
  ['"5 is 5"', '"5 is 5"'],
  ['"a \\"5\\" b"', '"a \\"5\\" b"'],
  ['"\\u4e0a海"', '"上海"'],
  ['{"5": "5", "__proto__": 1}', '{"5":"5","__proto__":1}'],
  ['"\\\\u0041"', '"\\\\u0041"'],
  ['"\\\\u0000"', '"\\\\u0000"'],
])('%s is %s', (text, canonical) => {
  expect(canonicalJsonText(text)).toBe(canonical);
  expect(canonicalJsonText(canonical)).toBe(canonical);
});

test.each(['', '{', '01', '{a: 1}', "'a'", '1e500', '"\\u0000"', '"\\u00005"', `${'['.repeat(70)}${']'.repeat(70)}`])(
  '%s is none',
  (text) => {
    expect(canonicalJsonText(text)).toBeNull();
  },
);

test('however it is written, it is the same, and means the same', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = JSON.stringify(value);
      if (text.includes('\\u0000')) return;
      const canonical = canonicalJsonText(text);
      expect(canonicalJsonText(JSON.stringify(value, null, 2))).toBe(canonical);
      expect(JSON.parse(canonical ?? '')).toEqual(JSON.parse(text.replaceAll(/(?<=[[:,]|^)-0(?=[\],}]|$)/g, '0')));
    }),
  );
});
