import { expect, test } from 'vitest';
import { type Kind, kindOf } from '../../src/profile/kind.ts';

test.each<readonly [Parameters<typeof kindOf>[0], Kind]>([
  ['7', 'integer'],
  ['-00700', 'integer'],
  ['1234567890123456789', 'decimal'],
  ['1,234.50', 'decimal'],
  ['12.500,00', 'decimal'],
  ['1.1E+17', 'decimal'],
  ['2020-01-31', 'date'],
  ['31.01.2020', 'date'],
  ['1/31/2020 08:00', 'date'],
  ['2020年1月31日', 'date'],
  ['2020-01-31T00:00:00Z', 'date'],
  ['yes', 'boolean'],
  ['否', 'boolean'],
  [true, 'boolean'],
  ['C-100', 'text'],
  ['4711 Bonn', 'text'],
  ['+49 228 1234', 'decimal'],
  ['9'.repeat(5000), 'text'],
  [['a'], 'list'],
  [{ a: 'b' }, 'object'],
])('%j is of the kind %s', (value, kind) => {
  expect(kindOf(value)).toBe(kind);
});
