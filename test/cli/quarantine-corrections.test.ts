import { describe, expect, test } from 'vitest';
import { correctedBy, readRow } from '../../src/cli/quarantine-corrections.ts';
import type { SourceRecord } from '../../src/domain/values.ts';

const MEANT = { id: '7', fingerprint: 'x00000000000000ff' };
const BEFORE: SourceRecord = { name: 'Ann', active: true, phones: ['1', '2'], address: { city: 'Bonn' }, sum: '-5' };
const COLUMNS = ['name', 'active', 'phones[0]', 'phones[1]', 'address.city', 'sum', 'fax'].map(
  (path) => `record.${path}`,
);
const SAME = {
  'record.name': 'Ann',
  'record.active': 'true',
  'record.phones[0]': '1',
  'record.phones[1]': '2',
  'record.address.city': 'Bonn',
  'record.sum': '-5',
};

const row = (cells: SourceRecord) => readRow({ ...MEANT, ...cells }, 1);

test('a row says which record it means, with or without the letter that keeps the fingerprint text', () => {
  const { id, fingerprint } = row({});
  expect({ id, fingerprint }).toEqual({ id: 7, fingerprint: 255n });
  expect(readRow({ ...MEANT, fingerprint: '00000000000000ff' }, 1).fingerprint).toBe(255n);
});

test.each<readonly [string, SourceRecord, RegExp]>([
  ['no id', { fingerprint: MEANT.fingerprint }, /^record 3 of the file: has no `id`/],
  ['an id that is none', { ...MEANT, id: '0' }, /has no `id`/],
  [
    'a fingerprint that a spreadsheet took for a number',
    { ...MEANT, fingerprint: '1.23E+15' },
    /spreadsheets must keep it/,
  ],
])('%s is refused', (_what, values, message) => {
  expect(() => readRow(values, 3)).toThrow(
    expect.objectContaining({ code: 'quarantine.import', message: expect.stringMatching(message) }),
  );
});

describe('a CSV row', () => {
  test.each<readonly [string, SourceRecord, SourceRecord | null]>([
    ['with nothing changed', SAME, null],
    ['with an apostrophe before what would be a formula', { ...SAME, 'record.sum': "'-5" }, null],
    ['with another value', { ...SAME, 'record.address.city': 'Köln' }, { ...BEFORE, address: { city: 'Köln' } }],
    ['with a truth value', { ...SAME, 'record.active': 'false' }, { ...BEFORE, active: false }],
    ['with a value where there was none', { ...SAME, 'record.fax': '9' }, { ...BEFORE, fax: '9' }],
    [
      'with cells that were emptied, lists from their ends',
      { ...SAME, 'record.name': '', 'record.phones[0]': '', 'record.phones[1]': '' },
      { active: true, phones: [], address: { city: 'Bonn' }, sum: '-5' },
    ],
  ])('%s', (_what, cells, expected) => {
    expect(correctedBy(row(cells), BEFORE, COLUMNS)).toEqual(expected);
  });

  test('changes nothing whose column is not there', () => {
    expect(correctedBy(row({ 'record.name': 'Anna' }), BEFORE, ['id', 'record.name'])).toEqual({
      ...BEFORE,
      name: 'Anna',
    });
  });
});

describe('a JSON record', () => {
  test('is taken whole, when it is different', () => {
    expect(correctedBy(row({ record: BEFORE }), BEFORE, null)).toBeNull();
    expect(correctedBy(row({ record: { name: 'Anna' } }), BEFORE, null)).toEqual({ name: 'Anna' });
  });

  test('must be there', () => {
    expect(() => correctedBy(row({}), BEFORE, null)).toThrow(expect.objectContaining({ code: 'quarantine.import' }));
  });
});
