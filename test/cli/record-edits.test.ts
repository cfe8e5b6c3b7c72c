import { describe, expect, test } from 'vitest';
import { changeRecord, parseAssignment, readRecord } from '../../src/cli/record-edits.ts';
import type { SourceRecord } from '../../src/domain/values.ts';

const RECORD: SourceRecord = { '@id': 'C1', name: 'Ann', address: { city: 'Bonn' }, phones: ['1', '2'] };

const CHANGES: readonly (readonly [what: string, set: string[], unset: string[], expected: SourceRecord])[] = [
  ['a value is replaced', ['name=Anna'], [], { ...RECORD, name: 'Anna' }],
  ['a value may be empty, and may hold =', ['name=', '@id=a=b'], [], { ...RECORD, name: '', '@id': 'a=b' }],
  ['a part of a part is set', ['address.city=Köln'], [], { ...RECORD, address: { city: 'Köln' } }],
  ['what leads to a part is made', ['a.b[0].c=1'], [], { ...RECORD, a: { b: [{ c: '1' }] } }],
  ['a name with a dot stands in quotes', ['"a.b"=1'], [], { ...RECORD, 'a.b': '1' }],
  ['an element is set, another taken out', ['phones[1]=3'], ['phones[0]'], { ...RECORD, phones: ['3'] }],
  ['a part is taken out', [], ['address.city', 'name'], { '@id': 'C1', address: {}, phones: ['1', '2'] }],
  ['what is not there is already out', [], ['fax', 'address.zip.plus'], RECORD],
];

test.each(CHANGES)('%s', (_what, set, unset, expected) => {
  const before = structuredClone(RECORD);
  const changes = [...set.map(parseAssignment), ...unset.map((path) => ({ path, value: undefined }))];
  expect(changeRecord(RECORD, changes)).toEqual(expected);
  expect(RECORD).toEqual(before);
});

describe('what is refused', () => {
  test.each(['name', '=x', 'a..b=1', '__proto__.x=1', 'constructor=1', 'name.first=A'])('--set %s', (assignment) => {
    expect(() => changeRecord(RECORD, [parseAssignment(assignment)])).toThrow(
      expect.objectContaining({ code: 'config.usage' }),
    );
    expect(({} as Record<string, unknown>)['x']).toBeUndefined();
  });

  test.each(['', '[]', '"x"', '{"a":1,"a":2}', '{'])('--record with %s', (text) => {
    expect(() => readRecord(text)).toThrow(expect.objectContaining({ code: 'config.usage' }));
  });
});

test('a whole record keeps every digit of its numbers', () => {
  expect(readRecord('{"no": 12345678901234567890, "ok": true, "none": null}')).toEqual({
    no: '12345678901234567890',
    ok: true,
    none: null,
  });
});
