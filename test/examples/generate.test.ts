import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { XMLParser } from 'fast-xml-parser';
import { type CountryCode, parsePhoneNumberFromString } from 'libphonenumber-js/max';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { exampleFolder, generateFiles } from '../../examples/company/generate.ts';
import { type Case, type Duplicate, idsOf as idsWith } from '../../examples/company/generator/cases.ts';
import { makeContacts, OA_CASES, OA_DUPLICATES } from '../../examples/company/generator/contacts.ts';
import { accountRows, contactRows, orderRows, ownerRows } from '../../examples/company/generator/crm-rows.ts';
import {
  CUSTOMER_CASES,
  CUSTOMER_DUPLICATES,
  ERP_CONTACT_CASES,
} from '../../examples/company/generator/customer-cases.ts';
import { makeCustomers } from '../../examples/company/generator/customers.ts';
import { EMPLOYEE_CASES, EMPLOYEE_DUPLICATES, makeEmployees } from '../../examples/company/generator/employees.ts';
import { encodeGb18030 } from '../../examples/company/generator/gb18030.ts';
import { makeOrders, ORDER_CASES, ORDER_DUPLICATES } from '../../examples/company/generator/orders.ts';

const customerElement = z.object({
  '@id': z.string(),
  name: z.string().optional(),
  email: z.string(),
  phone: z.string(),
  address: z.object({ country: z.enum(['CN', 'DE', 'US', 'GB', 'FR', 'SE', 'AU']) }),
  status: z.string(),
  credit_limit: z.string(),
  account_manager: z.string(),
  contact: z.object({ name: z.string().optional(), email: z.string(), phone: z.string() }).optional(),
});
const erpExport = z.object({
  export: z.object({ customers: z.object({ customer: z.array(customerElement) }) }),
});
const employee = z.object({
  employee_no: z.string(),
  name: z.object({ family: z.string().optional() }),
  contact: z.object({ email: z.string() }),
});
const hrExport = z.object({ data: z.object({ employees: z.array(employee) }) });

type CustomerElement = z.infer<typeof customerElement>;
type CsvRow = Readonly<Record<string, string>>;

const folder = exampleFolder();
const read = (name: string): Buffer => readFileSync(join(folder, name));
const readme = read('README.md').toString('utf8');

const xml = new XMLParser({ ignoreAttributes: false, attributeNamePrefix: '@', parseTagValue: false });
const customers = erpExport.parse(xml.parse(read('exports/erp/customers-2026-11.xml'))).export.customers.customer;
const orders: CsvRow[] = parse(read('exports/erp/orders-2026-11.csv'), { columns: true, relax_column_count: true });
const oaText = new TextDecoder('gb18030', { fatal: true }).decode(read('exports/oa/通讯录.csv'));
const contacts: CsvRow[] = parse(oaText, { columns: true });
const employees = hrExport.parse(JSON.parse(read('exports/hr/employees.json').toString('utf8'))).data.employees;

const EMAIL = /^[^\s@#()]+@[^\s@]+\.[^\s@]+$/;
const AMOUNT = /^\d{1,3}(,\d{3})*\.\d\d$/;

function idsOf<R>(cases: readonly Case<R>[], kind: string): string[] {
  return cases.filter((one) => one.kind === kind).flatMap((one) => one.ids);
}

function duplicateIds<R>(duplicates: readonly Duplicate<R>[]): string[] {
  return duplicates.flatMap((one) => one.ids).toSorted();
}

/** The distinct ids of the records that a check finds wrong, in order. */
function wrong<R>(records: readonly R[], idOf: (record: R) => string, isWrong: (record: R) => boolean): string[] {
  return [...new Set(records.filter(isWrong).map(idOf))].toSorted();
}

function twice(ids: readonly string[]): string[] {
  return ids.filter((id, index) => ids.indexOf(id) !== index).toSorted();
}

function isValidPhone(text: string, country: CountryCode): boolean {
  return parsePhoneNumberFromString(text.normalize('NFKC'), country)?.isValid() ?? false;
}

const customerId = (record: CustomerElement): string => record['@id'];
const wrongCustomers = (isWrong: (one: CustomerElement) => boolean): string[] => wrong(customers, customerId, isWrong);
const clean = (text: string | undefined): string => (text ?? '').normalize('NFKC').trim();

describe('the committed files', () => {
  test.each([...generateFiles()])('%s is what the generator makes', (name, bytes) => {
    expect(Buffer.compare(read(name), bytes)).toBe(0);
  });

  test('the OA file is GB18030 with four-byte characters, and not UTF-8', () => {
    expect(oaText.startsWith('编号,姓名,邮箱,手机,客户编号,职务,更新时间\r\n')).toBe(true);
    expect(Buffer.from(encodeGb18030(oaText)).equals(read('exports/oa/通讯录.csv'))).toBe(true);
    expect(() => new TextDecoder('utf-8', { fatal: true }).decode(read('exports/oa/通讯录.csv'))).toThrow(TypeError);
    expect(encodeGb18030('𠮷')).toEqual(Uint8Array.of(0x95, 0x34, 0xb2, 0x35));
    expect(encodeGb18030('a中€')).toEqual(Uint8Array.of(0x61, 0xd6, 0xd0, 0xa2, 0xe3));
  });

  test('hold the documented number of records', () => {
    expect([customers.length, orders.length, employees.length, contacts.length]).toEqual([406, 604, 41, 304]);
  });
});

describe('the dirt found in the files is the documented dirt, record by record', () => {
  test('customers', () => {
    const hr = new Set(employees.map((one) => one.employee_no));
    expect(wrongCustomers((one) => !EMAIL.test(clean(one.email)))).toEqual(idsOf(CUSTOMER_CASES, 'bad_email'));
    expect(wrongCustomers((one) => clean(one.name) === '')).toEqual(idsOf(CUSTOMER_CASES, 'missing_name'));
    expect(wrongCustomers((one) => !['A', 'I', 'P'].includes(one.status))).toEqual(
      idsOf(CUSTOMER_CASES, 'unknown_status'),
    );
    expect(wrongCustomers((one) => one.credit_limit !== '1.00' && !AMOUNT.test(one.credit_limit))).toEqual(
      idsOf(CUSTOMER_CASES, 'bad_amount'),
    );
    expect(wrongCustomers((one) => !isValidPhone(one.phone, one.address.country))).toEqual(
      idsOf(CUSTOMER_CASES, 'bad_phone'),
    );
    expect(wrongCustomers((one) => !hr.has(one.account_manager))).toEqual(idsOf(CUSTOMER_CASES, 'unknown_owner'));
    expect(wrongCustomers((one) => one.account_manager === 'E-0031')).toEqual(
      idsOf(CUSTOMER_CASES, 'quarantined_owner'),
    );
    expect(wrongCustomers((one) => /[！-～]/.test(one.phone))).toEqual(idsOf(CUSTOMER_CASES, 'full_width_phone'));
    expect(twice(customers.map(customerId))).toEqual(duplicateIds(CUSTOMER_DUPLICATES));
  });

  test('customers that share an e-mail', () => {
    const distinct = [...new Map(customers.map((one) => [customerId(one), one])).values()];
    const shared = new Set(twice(distinct.map((one) => clean(one.email).toLowerCase())));
    const found = wrong(distinct, customerId, (one) => shared.has(clean(one.email).toLowerCase()));
    const expected = [...idsOf(CUSTOMER_CASES, 'shared_email'), ...idsOf(CUSTOMER_CASES, 'shared_email_first')];
    expect(found).toEqual(expected.toSorted());
  });

  test('contact persons of customers', () => {
    expect(wrongCustomers((one) => one.contact === undefined)).toEqual(idsOf(ERP_CONTACT_CASES, 'no_contact'));
    expect(wrongCustomers((one) => one.contact !== undefined && clean(one.contact.name) === '')).toEqual(
      idsOf(ERP_CONTACT_CASES, 'missing_name'),
    );
    expect(wrongCustomers((one) => one.contact !== undefined && !EMAIL.test(one.contact.email))).toEqual(
      idsOf(ERP_CONTACT_CASES, 'bad_email'),
    );
    expect(
      wrongCustomers((one) => one.contact !== undefined && !isValidPhone(one.contact.phone, one.address.country)),
    ).toEqual(idsOf(ERP_CONTACT_CASES, 'bad_phone'));
  });

  test('orders', () => {
    const find = (isWrong: (one: CsvRow) => boolean): string[] =>
      wrong(orders, (one) => one['order_no'] ?? '', isWrong);
    const known = new Set(customers.map(customerId));
    const unusable = (kind: string) => new Set(idsOf(CUSTOMER_CASES, kind));
    expect(find((one) => !/^-?[\d,]+\.\d\d$/.test(clean(one['amount'])))).toEqual(idsOf(ORDER_CASES, 'bad_amount'));
    expect(find((one) => clean(one['amount']).startsWith('-'))).toEqual(idsOf(ORDER_CASES, 'negative_amount'));
    expect(find((one) => !isDate(one['order_date'] ?? ''))).toEqual(idsOf(ORDER_CASES, 'bad_date'));
    expect(find((one) => !/^[OSIX]$/.test(clean(one['status'])))).toEqual(idsOf(ORDER_CASES, 'unknown_status'));
    expect(find((one) => !/^[a-z]{3}$/i.test(one['currency'] ?? ''))).toEqual(idsOf(ORDER_CASES, 'unknown_currency'));
    expect(find((one) => one['customer_no'] === '')).toEqual(idsOf(ORDER_CASES, 'missing_customer'));
    expect(find((one) => one['customer_no'] !== '' && !known.has(clean(one['customer_no'])))).toEqual(
      idsOf(ORDER_CASES, 'unknown_customer'),
    );
    expect(find((one) => unusable('bad_email').has(clean(one['customer_no'])))).toEqual(['SO-30158']);
    expect(twice(orders.map((one) => one['order_no'] ?? ''))).toEqual(duplicateIds(ORDER_DUPLICATES));
    expect(orders.filter((one) => one['remark']?.includes('\n')).length).toBeGreaterThan(20);
  });

  test('contacts of OA', () => {
    const find = (isWrong: (one: CsvRow) => boolean): string[] => wrong(contacts, (one) => one['编号'] ?? '', isWrong);
    const known = new Set(customers.map(customerId));
    expect(find((one) => !EMAIL.test(clean(one['邮箱'])))).toEqual(idsOf(OA_CASES, 'bad_email'));
    expect(find((one) => clean(one['姓名']) === '')).toEqual(idsOf(OA_CASES, 'missing_name'));
    expect(find((one) => !isValidPhone(one['手机'] ?? '', 'CN'))).toEqual(idsOf(OA_CASES, 'bad_phone'));
    expect(find((one) => !known.has(clean(one['客户编号'])))).toEqual(idsOf(OA_CASES, 'unknown_customer'));
    expect(find((one) => one['客户编号'] === 'C-10187')).toEqual(idsOf(OA_CASES, 'quarantined_customer'));
    expect(twice(contacts.map((one) => one['编号'] ?? ''))).toEqual(duplicateIds(OA_DUPLICATES));
  });

  test('employees', () => {
    const find = (isWrong: (one: (typeof employees)[number]) => boolean): string[] =>
      wrong(employees, (one) => one.employee_no, isWrong);
    expect(find((one) => !EMAIL.test(one.contact.email))).toEqual(idsOf(EMPLOYEE_CASES, 'bad_email'));
    expect(find((one) => one.name.family === undefined)).toEqual(idsOf(EMPLOYEE_CASES, 'missing_name'));
    expect(twice(employees.map((one) => one.employee_no))).toEqual(duplicateIds(EMPLOYEE_DUPLICATES));
  });

  test('three to five records of a hundred are quarantined', () => {
    const quarantined = [
      idsWith(CUSTOMER_CASES, 'quarantined'),
      idsWith(OA_CASES, 'quarantined'),
      idsWith(ORDER_CASES, 'quarantined'),
      idsWith(EMPLOYEE_CASES, 'quarantined'),
    ];
    expect(quarantined.map((ids) => ids.length)).toEqual([16, 10, 16, 2]);
  });
});

describe('the CRM', () => {
  const all = makeCustomers();
  const accounts = accountRows(all);
  const oa = makeContacts(all);
  const people = contactRows(oa, all);
  const accountOf = (number: number) => accounts.find((one) => one['external_id'] === `C-${10_000 + number}`) ?? {};
  const customer = (number: number) => all[number - 1];

  test('holds the documented number of records', () => {
    const counts = [ownerRows(makeEmployees()), accounts, people, orderRows(makeOrders(all))].map(
      (rows) => rows.length,
    );
    expect(counts).toEqual([25, 200, 120, 30]);
  });

  test('shares accounts with ERP by number, by e-mail, twice, or not at all', () => {
    const numbers = new Set(customers.map(customerId));
    const emails = new Set(customers.map((one) => clean(one.email).toLowerCase()));
    const relation = accounts.map((row) => {
      if (numbers.has(String(row['external_id']))) return 'number';
      return emails.has(String(row['email']).toLowerCase()) ? 'email' : 'none';
    });
    const count = (what: string): number => relation.filter((one) => one === what).length;
    expect([count('number'), count('email'), count('none')]).toEqual([140, 34, 26]);
    expect(twice(accounts.map((row) => String(row['email']).toLowerCase())).length).toBe(2);
  });

  test('shares contacts with OA and ERP by number, by e-mail, or not at all', () => {
    const numbers = new Set(oa.map((one) => one.id));
    const oaEmails = new Set(oa.map((one) => one.email));
    const erpEmails = new Set(all.map((one) => one.contact.email));
    expect(people.filter((row) => numbers.has(String(row['external_id']))).length).toBe(70);
    const others = people.filter((row) => row['external_id'] === null).map((row) => String(row['email']));
    expect(others.filter((email) => oaEmails.has(email)).length).toBe(15);
    expect(others.filter((email) => erpEmails.has(email)).length).toBe(10);
    expect(oa.filter((one) => erpEmails.has(one.email)).length).toBe(60);
  });

  test('writes phones as they come out of the sources', () => {
    const made = all.map(({ phone, country }) => parsePhoneNumberFromString(phone.text, country)?.number);
    expect(made).toEqual(all.map(({ phone }) => phone.e164));
  });

  test('differs in every record of a block that says so', () => {
    for (let number = 91; number <= 98; number += 1) {
      expect(accountOf(number)['phone']).not.toBe(customer(number)?.phone.e164);
    }
    for (let number = 125; number <= 130; number += 1) {
      expect(customer(number)?.remark).not.toBeNull();
      expect(accountOf(number)['notes']).not.toBe(customer(number)?.remark);
    }
    for (let number = 135; number <= 138; number += 1) expect(customer(number)?.manager).not.toBe('E-0001');
  });
});

describe('README', () => {
  const documented = [
    ...byKind([...EMPLOYEE_CASES, ...EMPLOYEE_DUPLICATES]),
    ...byKind([...CUSTOMER_CASES, ...CUSTOMER_DUPLICATES]),
    ...byKind(ERP_CONTACT_CASES),
    ...byKind([...OA_CASES, ...OA_DUPLICATES]),
    ...byKind([...ORDER_CASES, ...ORDER_DUPLICATES]),
  ];

  test.each(documented)('counts and names the records of %s: %j', (kind, ids) => {
    const row = `| \`${kind}\` | ${ids.length} | ${ids.join(' ')} |`;
    expect(readme).toContain(row);
  });
});

function byKind(cases: readonly { readonly kind: string; readonly ids: readonly string[] }[]): [string, string[]][] {
  const ids = new Map<string, string[]>();
  for (const one of cases) ids.set(one.kind, [...(ids.get(one.kind) ?? []), ...one.ids]);
  return [...ids];
}

function isDate(text: string): boolean {
  const match = /^(\d{4})[-/](\d{1,2})[-/](\d{1,2})$/.exec(text);
  if (match === null) return false;
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])];
  const date = new Date(Date.UTC(year, month - 1, day));
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}
