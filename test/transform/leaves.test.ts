import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { SourceRecord, SourceValue } from '../../src/domain/values.ts';
import { leavesOf } from '../../src/transform/leaves.ts';
import { compilePath } from '../../src/transform/path.ts';

describe('the leaves of a record', () => {
  test('are its ends with their paths, in order', () => {
    const record = {
      id: '1',
      address: { city: '上海', '@kind': 'head office' },
      phones: ['1', null],
      contacts: [{ name: 'Li', vip: true }],
      none: [],
      nothing: {},
      'a.b "c"': 'x',
      '': 'y',
    };
    expect(leavesOf(record).map(({ path, value }) => [path, value])).toEqual([
      ['id', '1'],
      ['address.city', '上海'],
      ['address.@kind', 'head office'],
      ['phones[0]', '1'],
      ['phones[1]', null],
      ['contacts[0].name', 'Li'],
      ['contacts[0].vip', true],
      ['"a.b ""c"""', 'x'],
      ['""', 'y'],
    ]);
  });

  test('are read by their paths, whatever the names', () => {
    const name = fc.string({ unit: fc.constantFrom('a', '.', '"', '[', ']', '0', '@', '#', ' ', '中'), maxLength: 4 });
    const { value } = fc.letrec<{ value: SourceValue }>((tie) => ({
      value: fc.oneof(
        { depthSize: 'small' },
        fc.string({ maxLength: 3 }),
        fc.boolean(),
        fc.constant(null),
        fc.array(tie('value'), { maxLength: 3 }),
        fc.dictionary(name, tie('value'), { maxKeys: 3 }),
      ),
    }));
    fc.assert(
      fc.property(fc.dictionary(name, value, { maxKeys: 4 }), (record: SourceRecord) => {
        for (const leaf of leavesOf(record)) expect(compilePath(leaf.path)(record)).toBe(leaf.value);
      }),
    );
  });
});
