import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { isSupportedCountry, parsePhoneNumberFromString } from 'libphonenumber-js/max';
import { afterAll, expect, test } from 'vitest';
import { parse as parseYaml } from 'yaml';
import { badKind, isChanged } from '../../bench/customer.ts';
import {
  ACCOUNT_COLUMNS,
  CUSTOMER_COLUMNS,
  expectedRow,
  generateCustomers,
  generateProject,
} from '../../bench/generate.ts';

const folder = mkdtempSync(join(tmpdir(), 'tributary-bench-'));
afterAll(() => rmSync(folder, { recursive: true }));

const SET = { rows: 3000, seed: 7 };
const STATUS: Readonly<Record<string, string>> = { A: 'active', I: 'inactive', P: 'prospect' };

function write(name: string, more: { changedShare?: number; newShare?: number; seed?: number } = {}) {
  const out = join(folder, name);
  const made = generateCustomers({ ...SET, ...more, out });
  return { made, bytes: readFileSync(out), lines: readFileSync(out, 'utf8').trimEnd().split('\n') };
}

/** What the mapping of the project makes of a row, written down once more. */
function map(row: Readonly<Record<string, string>>): readonly string[] {
  const country = row['country'] ?? '';
  const phone = isSupportedCountry(country) ? parsePhoneNumberFromString(row['phone'] ?? '', country) : undefined;
  const mapped: Readonly<Record<string, string | undefined>> = {
    ...row,
    external_id: row['cust_no'],
    name: row['name']?.trim().replaceAll(/\s+/g, ' '),
    email: row['email']?.toLowerCase(),
    phone: phone?.isValid() === true ? phone.number : undefined,
    status: STATUS[row['status'] ?? ''],
    updated_at: new Date(row['updated_at'] ?? '').toISOString(),
  };
  return ACCOUNT_COLUMNS.map((column) => mapped[column] ?? '(none)');
}

test('what is expected of each good row is what its mapping gives; bad rows expect nothing', () => {
  const { bytes, made } = write('expected.csv');
  const rows: Record<string, string>[] = parse(bytes, { columns: true });
  expect(Object.keys(rows[0] ?? {})).toEqual([...CUSTOMER_COLUMNS]);
  const expected = rows.map((_row, index) => expectedRow(index, SET));
  expect(rows.flatMap((row, index) => (expected[index] === null ? [] : [map(row)]))).toEqual(
    expected.filter((row) => row !== null),
  );
  const bad = rows.filter(
    (row) =>
      row['name'] === '' ||
      row['status'] === 'Z' ||
      row['founded_on'] === '31.02.2019' ||
      row['email'] === 'to be announced',
  );
  expect(bad.length).toBe(made.bad);
  expect(expected.filter((row) => row === null).length).toBe(made.bad);
});

test('the same seed gives the same bytes, another seed others', () => {
  expect(write('once.csv').bytes.equals(write('again.csv').bytes)).toBe(true);
  expect(write('once.csv').bytes.equals(write('other.csv', { seed: 8 }).bytes)).toBe(false);
});

test('about two records of a hundred are bad, of four kinds', () => {
  const { made } = write('bad.csv');
  expect(made.bad).toBeGreaterThan(30);
  expect(made.bad).toBeLessThan(90);
  expect(Object.values(made.badByKind).every((count) => count > 0)).toBe(true);
  expect(badKind(0, { ...SET, badShare: 0 })).toBeNull();
});

test('a later export differs in the changed and the new records alone', () => {
  const before = write('before.csv').lines;
  const later = { changedShare: 0.01, newShare: 0.02 };
  const { lines, made } = write('after.csv', later);
  const changed = before.flatMap((line, at) => (lines[at] === line ? [] : [at - 1]));
  expect(changed.every((index) => isChanged(index, { ...SET, ...later }))).toBe(true);
  expect(changed.length).toBe(made.changed);
  expect(made.changed).toBeGreaterThan(10);
  expect([made.added, lines.length - before.length]).toEqual([60, 60]);
});

test('records have 200 to 500 bytes', () => {
  const sizes = write('sizes.csv')
    .lines.slice(1)
    .map((line) => Buffer.byteLength(line) + 1);
  expect(Math.min(...sizes)).toBeGreaterThanOrEqual(200);
  expect(Math.max(...sizes)).toBeLessThanOrEqual(500);
});

test('a project has its configuration, its export and its table', () => {
  const made = generateProject(join(folder, 'project'), { writeCount: true, customers: SET });
  const yaml = (name: string): unknown => parseYaml(readFileSync(join(made.dir, name), 'utf8'));
  const columns = Object.fromEntries(ACCOUNT_COLUMNS.map((column) => [column, expect.anything()]));
  expect(yaml('tributary.yaml')).toMatchObject({
    connections: { crm: { kind: 'postgres', url: '${env:CRM_URL}', schema: 'public' } },
    objects: { account: { match: ['external_id'], fields: columns } },
  });
  expect(yaml('syncs/customers.yaml')).toMatchObject({ sync: 'customers', to: 'account', map: columns });
  expect(made.sql).toContain('external_id text not null unique');
  expect(made.sql).toContain('write_count');
  expect(made.customers?.rows).toBe(3000);
});
