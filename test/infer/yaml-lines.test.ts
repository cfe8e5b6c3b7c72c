import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { profile } from '../../src/infer/columns.ts';
import { entry, inline, remark } from '../../src/infer/yaml-lines.ts';
import { compilePath } from '../../src/transform/path.ts';

test.each([
  [
    { from: 'phone', apply: ['trim', { phone: { region: 'address.country' } }] },
    '{ from: phone, apply: [trim, { phone: { region: address.country } }] }',
  ],
  ['@id', "'@id'"],
  [{ point: ',' }, "{ point: ',' }"],
  ['yes: no # not', "'yes: no # not'"],
  [true, 'true'],
])('%j is written %s', (value, text) => {
  expect(inline(value)).toBe(text);
});

const name = fc.oneof(
  fc.string({ minLength: 1, unit: 'binary' }),
  fc.constantFrom('a.b', 'a[0]', '"', '#', '- x', '客户 编号', 'null', '1'),
);

test('whatever a column is called, its path is written so that it is read as it was, and leads to its value', () => {
  fc.assert(
    fc.property(name, (column) => {
      fc.pre(column.isWellFormed() && column !== '__proto__');
      const record = Object.assign(Object.create(null), { [column]: 'x' });
      const [found] = profile([record]);
      const path: unknown = parse(entry(0, `f: { from: ${inline(found?.path)} }`, 'why'))['f']['from'];
      expect(path).toBe(found?.path);
      expect(compilePath(String(path))(record)).toBe('x');
    }),
  );
});

test('a comment never ends before its line does, whatever data it holds', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.nat(8), (text, indent) => {
      expect(parse(`${remark(indent, text)}\n${entry(0, 'a: 1', text)}\n`)).toEqual({ a: 1 });
    }),
  );
});
