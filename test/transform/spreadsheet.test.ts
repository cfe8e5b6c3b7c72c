import { describe, expect, test } from 'vitest';
import type { FieldDefinition, FieldType } from '../../src/domain/definition.ts';
import { compileTransform } from '../../src/transform/compile.ts';
import { from, record, sync } from './support.ts';

const fieldOf = (type: FieldType): FieldDefinition => ({
  type,
  column: 'f',
  required: false,
  strong: false,
  resolve: { kind: 'most_recent' },
  conflict: 'source',
});

const damaged = {
  rule: 'damaged',
  message: 'was made a number by a spreadsheet and cannot be repaired; re-export the column as text',
};

describe('a number that a spreadsheet has shortened', () => {
  test.each<[string, FieldType, boolean]>([
    ['1.10105E+17', 'text', true],
    ['1.1e+05', 'text', true],
    ['1,38E+10', 'phone', true],
    [' 8.61381E+12 ', 'phone', true],
    ['2E+15', 'reference', true],
    ['1.5E+05', 'decimal', false],
    ['1E-05', 'text', false],
    ['E+17', 'text', false],
    ['11.0E+17', 'text', false],
    ['part 1.1E+05', 'text', false],
    ['110105194912310021', 'text', false],
  ])('%s in a field of type %s is damage: %s', (text, type, expected) => {
    const definition = sync({ map: { f: from('a') } });
    const transform = compileTransform(definition, { fields: { f: fieldOf(type) } });
    const { violations } = transform(record(JSON.stringify({ id: '1', a: text })));
    expect(violations).toEqual(expected ? [{ field: 'f', ...damaged, value: text }] : []);
  });

  test('is no key: which record is meant, and which is missing, cannot be known', () => {
    const transform = compileTransform(sync({}));
    const { key, violations } = transform(record('{"id":"1.10105E+17"}'));
    expect(key).toBeNull();
    expect(violations).toEqual([{ ...damaged, value: '1.10105E+17' }]);
  });
});
