import { describe, expect, test } from 'vitest';
import type { SourceRecord } from '../../src/domain/values.ts';
import { profile } from '../../src/infer/columns.ts';
import { study } from '../../src/infer/infer-sync.ts';
import { kindOf } from '../../src/infer/kinds.ts';
import { meaningOf } from '../../src/infer/meaning.ts';
import type { Sample } from '../../src/infer/sample.ts';

const kind = (
  name: string,
  values: readonly (string | boolean)[],
  around = { chinese: false, countries: [] as string[] },
) => {
  const [column] = profile(values.map((value) => ({ [name]: value, country: 'DE' })));
  if (column === undefined) throw new Error('there is a column');
  const { name: found, apply, matched, of } = kindOf(column, meaningOf(name), around);
  const steps = apply.map(({ fn, args }) => (args === null ? fn : { [fn]: args }));
  return { found, steps, share: `${matched}/${of}` };
};

const times = (count: number, ...values: readonly string[]): string[] =>
  Array.from({ length: count }, () => values).flat();

describe('what values are, and what reads them', () => {
  test.each([
    ['e-mail addresses', 'x', ['A@b.example', 'c@d.example '], 'email', ['trim', 'lower']],
    ['some of them bad', 'mail', [...times(9, 'a@b.example'), 'none'], 'email', ['trim', 'lower']],
    ['most of them bad', 'mail', [...times(5, 'a@b.example'), ...times(5, 'no ne')], 'text', []],
    ['full-width addresses', 'x', ['ａ＠b.example', 'c@d.example'], 'email', ['halfwidth', 'trim', 'lower']],
    ['booleans', 'x', [true, false], 'boolean', []],
    ['words for them', 'x', ['Yes', 'no', 'no'], 'boolean', ['boolean']],
    ['Chinese words for them', 'x', ['是', '否'], 'boolean', ['boolean']],
    ['ones and noughts are numbers', 'x', ['1', '0'], 'integer', ['integer']],
    ['days', 'x', ['2026-01-31', '2026-02-01'], 'date', [{ date: { format: 'yyyy-MM-dd' } }]],
    ['days in two forms', 'x', ['2026-01-31', '2026/2/1'], 'date', [{ date: { format: ['yyyy-MM-dd', 'yyyy/M/d'] } }]],
    ['days before months', 'x', ['31/01/2026', '02/01/2026'], 'date', [{ date: { format: 'd/M/yyyy' } }]],
    ['months before days', 'x', ['01/31/2026', '01/02/2026'], 'date', [{ date: { format: 'M/d/yyyy' } }]],
    ['Chinese days', 'x', ['2026年1月31日'], 'date', [{ date: { format: 'yyyy年M月d日' } }]],
    ['digits called a date', '入职日期', ['20260131', '20260201'], 'date', [{ date: { format: 'yyyyMMdd' } }]],
    ['digits called otherwise', 'x', ['20260131', '20260201'], 'integer', ['integer']],
    ['moments with an offset', 'x', ['2026-01-31T10:00:00+08:00'], 'datetime', ['datetime']],
    [
      'moments without',
      'x',
      ['2026-01-31 10:00'],
      'datetime',
      [{ datetime: { format: 'yyyy-MM-dd HH:mm', zone: 'UTC' } }],
    ],
    ['whole numbers', 'x', ['1', '-20'], 'integer', ['integer']],
    ['amounts', 'x', ['1,234.50', '7'], 'decimal', [{ decimal: { group: ',', point: '.' } }]],
    ['amounts with a decimal comma', 'x', ['1.234,50', '7,1'], 'decimal', [{ decimal: { group: '.', point: ',' } }]],
    ['leading zeros are no numbers', 'x', ['001', '002'], 'text', []],
    ['nor are postal codes', 'zip', ['90402', '10115'], 'text', []],
    ['nor numbers that identify', 'customer_no', ['4711', '4712'], 'text', []],
    ['mobile numbers by their form', 'x', ['13900001234', '139 0000 1235'], 'phone', [{ phone: { region: 'CN' } }]],
    ['international numbers', 'tel', ['+49 30 901820', '+86 139 0000 1234'], 'phone', ['phone']],
    [
      'German numbers by trying',
      'tel',
      ['030 901820', '030 901821', '030 901822'],
      'phone',
      [{ phone: { region: 'DE' } }],
    ],
    ['names of countries', '国家', ['中国', 'Germany', 'FRA'], 'country', ['country']],
    ['unified social credit codes', 'x', ['91350100M000100Y43', '91350100M000100Y43 '], 'uscc', ['uscc']],
    ['such with wrong check digits', 'x', ['91350100M000100Y44'], 'uscc', ['trim', 'upper']],
    ['country codes', 'country', ['de', 'CN'], 'country', ['trim', 'upper']],
    ['currencies', '币种', ['CNY', 'EUR'], 'currency', ['trim', 'upper']],
    ['codes', 'status', times(15, 'A', 'B'), 'codes', ['trim']],
    ['texts', 'x', ['one', 'two'], 'text', []],
  ])('%s', (_what, name, values, found, steps) => {
    expect(kind(name, values)).toMatchObject({ found, steps });
  });

  test('a country in the record says whose numbers they are', () => {
    const around = { chinese: false, countries: ['country'] };
    expect(kind('tel', ['030 901820', '030 901821'], around).steps).toEqual([{ phone: { region: 'country' } }]);
  });

  test('the share is told as it is', () => {
    expect(kind('mail', [...times(9, 'a@b.example'), 'none']).share).toBe('9/10');
  });
});

const sampleOf = (records: readonly SourceRecord[]): Sample => ({
  format: 'json',
  encoding: { encoding: 'utf-8', by: 'guess' },
  record: '',
  csv: null,
  records,
  unreadable: 0,
  whole: true,
});

describe('keys and versions', () => {
  const rows = (count: number, make: (at: number) => SourceRecord) =>
    Array.from({ length: count }, (_, at) => make(at));
  const keysOf = (records: readonly SourceRecord[]) => {
    const { keys, versions } = study(sampleOf(records), 'x.json').keys;
    return { keys: keys.map(({ path }) => path), versions: versions.map(({ path }) => path) };
  };

  test('a number goes before an address that is as unique', () => {
    const records = rows(20, (at) => ({ email: `a${at}@b.example`, no: `${at}`, nested: { id: `${at}` } }));
    expect(keysOf(records).keys).toEqual(['no', 'nested.id']);
  });

  test('where nothing else is unique, the address will do', () => {
    expect(keysOf(rows(20, (at) => ({ email: `a${at}@b.example`, no: '1' }))).keys).toEqual(['email']);
  });

  test('what is empty or repeats too often is no key', () => {
    const records = rows(20, (at) => ({ id: at < 10 ? '' : `${at}`, no: `${at % 15}` }));
    expect(keysOf(records).keys).toEqual([]);
  });

  test('a time of change is a version, any other time is not', () => {
    const stamp = '2026-01-01T00:00:00Z';
    expect(keysOf(rows(3, (at) => ({ id: `${at}`, born: stamp, updated_at: stamp }))).versions).toEqual(['updated_at']);
  });

  test('one that cannot be put in order is none: 2026/9/8 would come after 2026/10/1', () => {
    const records = [
      { id: '1', updated_at: '2026/9/8 10:00' },
      { id: '2', updated_at: '2026/10/1 10:00' },
    ];
    expect(keysOf(records).versions).toEqual([]);
  });
});
