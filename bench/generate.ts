// Customers for measurements and for the tests that kill processes: any number, in constant memory, and for each one
// what the CRM must hold afterwards. A record depends on its seed and index alone, so both can be had in any order.

import { closeSync, mkdirSync, openSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BadKind, badKind, type Customer, customerAt, type CustomerSet, isChanged } from './customer.ts';

export interface GeneratedCustomers {
  /** All records in the file, new ones included. */
  readonly rows: number;
  readonly bad: number;
  readonly badByKind: Readonly<Record<BadKind, number>>;
  readonly changed: number;
  readonly added: number;
  readonly bytes: number;
}

export const CUSTOMER_COLUMNS = [
  'cust_no',
  'name',
  'email',
  'phone',
  'country',
  'street',
  'city',
  'postal_code',
  'status',
  'credit_limit',
  'tax_no',
  'manager',
  'founded_on',
  'updated_at',
] as const;

/** The CRM's columns in the order of `expectedRow`. */
export const ACCOUNT_COLUMNS = [
  'external_id',
  'name',
  'email',
  'phone',
  'country',
  'street',
  'city',
  'postal_code',
  'status',
  'credit_limit',
  'tax_no',
  'founded_on',
  'updated_at',
] as const;

const SOURCE_STATUS = ['A', 'A', 'I', 'P'];
const STATUS = ['active', 'active', 'inactive', 'prospect'];
const CHUNK_CHARS = 32 * 1024;

/** Writes the export as CSV (UTF-8, LF, a header) and says what is in it. */
export function generateCustomers(options: CustomerSet & { readonly out: string }): GeneratedCustomers {
  mkdirSync(dirname(options.out), { recursive: true });
  const file = openSync(options.out, 'w');
  const badByKind: Record<BadKind, number> = { email: 0, name: 0, date: 0, status: 0 };
  const rows = rowCount(options);
  let [bytes, changed] = [0, 0];
  try {
    let chunk = `${CUSTOMER_COLUMNS.join(',')}\n`;
    for (let index = 0; index < rows; index += 1) {
      const bad = badKind(index, options);
      if (bad !== null) badByKind[bad] += 1;
      if (isChanged(index, options)) changed += 1;
      chunk += csvLine(customerAt(index, options), bad);
      if (chunk.length < CHUNK_CHARS) continue;
      bytes += append(file, chunk);
      chunk = '';
    }
    bytes += append(file, chunk);
  } finally {
    closeSync(file);
  }
  const bad = badByKind.email + badByKind.name + badByKind.date + badByKind.status;
  return { rows, bad, badByKind, changed, added: rows - options.rows, bytes };
}

/** Records of the set, new ones included: valid indexes are below it. */
export function rowCount(set: CustomerSet): number {
  return set.rows + Math.floor(set.rows * (set.newShare ?? 0));
}

/**
 * What the CRM must hold of the record at an index, in the order of `ACCOUNT_COLUMNS`; null where it must be
 * quarantined. Free of tabs, line ends and backslashes, so that it can be joined to a line of COPY text as it is.
 */
export function expectedRow(index: number, set: CustomerSet): readonly string[] | null {
  if (badKind(index, set) !== null) return null;
  const customer = customerAt(index, set);
  return [
    customer.id,
    customer.name,
    customer.email,
    customer.phone,
    customer.country,
    customer.street,
    customer.city,
    customer.postalCode,
    STATUS[customer.status] ?? '',
    customer.creditLimit,
    customer.taxNo,
    customer.foundedOn,
    `${customer.updatedAt.slice(0, -1)}.000Z`,
  ];
}

/** `writeFileSync`, unlike `writeSync`, goes on until everything is written. */
function append(file: number, text: string): number {
  const bytes = Buffer.from(text);
  writeFileSync(file, bytes);
  return bytes.length;
}

function csvLine(customer: Customer, bad: BadKind | null): string {
  return `${sourceCells(customer, bad)
    .map((cell) => (cell.includes(',') ? `"${cell}"` : cell))
    .join(',')}\n`;
}

/** What the export says of a customer, in the order of `CUSTOMER_COLUMNS`. */
export function sourceCells(customer: Customer, bad: BadKind | null): readonly string[] {
  return [
    customer.id,
    bad === 'name' ? '' : customer.sourceName,
    bad === 'email' ? 'to be announced' : customer.sourceEmail,
    customer.sourcePhone,
    customer.country,
    customer.street,
    customer.city,
    customer.postalCode,
    bad === 'status' ? 'Z' : (SOURCE_STATUS[customer.status] ?? ''),
    customer.creditLimit,
    customer.taxNo,
    customer.manager,
    bad === 'date' ? '31.02.2019' : customer.foundedOn,
    customer.updatedAt,
  ];
}

export interface ProjectOptions {
  /** With the `write_count` column and its trigger, which counts the writes of every row. */
  readonly writeCount?: boolean;
  /** Default: `external_id` alone. */
  readonly match?: readonly string[];
  /** Also writes `exports/customers.csv`. */
  readonly customers?: CustomerSet;
}

export interface GeneratedProject {
  readonly dir: string;
  /** Where the stream expects the export; write another one there for the next run. */
  readonly exportFile: string;
  /** Makes the CRM's table, in the schema `public`. Also in `crm.sql`. */
  readonly sql: string;
  readonly customers: GeneratedCustomers | null;
}

/** Writes a project with the one sync `customers`. The CRM is the PostgreSQL database that `CRM_URL` names. */
export function generateProject(dir: string, options: ProjectOptions = {}): GeneratedProject {
  const exportFile = join(dir, 'exports/customers.csv');
  const sql = accountSql(options.writeCount ?? false);
  mkdirSync(join(dir, 'syncs'), { recursive: true });
  mkdirSync(dirname(exportFile), { recursive: true });
  writeFileSync(join(dir, 'tributary.yaml'), projectYaml(options.match ?? ['external_id']));
  writeFileSync(join(dir, 'syncs/customers.yaml'), SYNC_YAML);
  writeFileSync(join(dir, 'crm.sql'), sql);
  const customers =
    options.customers === undefined ? null : generateCustomers({ ...options.customers, out: exportFile });
  return { dir, exportFile, sql, customers };
}

/** The CRM's table; with `writeCount` a trigger counts the writes of every row. */
export function accountSql(writeCount: boolean): string {
  const columns = ACCOUNT_COLUMNS.map((column) => `  ${column} ${SQL_TYPES[column] ?? 'text'}`);
  const counter = writeCount ? ['  write_count integer not null default 0'] : [];
  const table = ['  id bigint generated by default as identity primary key', ...columns, ...counter].join(',\n');
  return `create table public.account (\n${table}\n);\n${writeCount ? TRIGGER_SQL : ''}`;
}

const SQL_TYPES: Readonly<Record<string, string>> = {
  external_id: 'text not null unique',
  name: 'text not null',
  credit_limit: 'numeric(14, 2)',
  founded_on: 'date',
  updated_at: 'timestamptz',
};

const TRIGGER_SQL = `create function public.count_write() returns trigger language plpgsql as $$
begin
  new.write_count := case when tg_op = 'INSERT' then 1 else old.write_count + 1 end;
  return new;
end
$$;
create trigger count_write before insert or update on public.account
  for each row execute function public.count_write();
`;

function projectYaml(match: readonly string[]): string {
  return `project: bench
connections:
  files: { kind: file, path: ./exports }
  crm: { kind: postgres, url: "\${env:CRM_URL}", schema: public }
objects:
  account:
    destination: crm
    table: account
    id: id
    fields:
      external_id: { type: text, strong: true, required: true }
      name: { type: text, required: true }
      email: { type: email }
      phone: { type: phone }
      country: { type: text }
      street: { type: text }
      city: { type: text }
      postal_code: { type: text }
      status: { type: text }
      credit_limit: { type: decimal }
      tax_no: { type: text }
      founded_on: { type: date }
      updated_at: { type: datetime }
    match: [${match.join(', ')}]
    deletes: none
    gate: { deletes: 100%, rejects: 100%, creates: 100%, first_run: auto }
`;
}

const SYNC_YAML = `sync: customers
from: { connection: files, stream: customers.csv, format: csv, key: cust_no, version: updated_at, records: full }
to: account
map:
  external_id: cust_no
  name: { from: name, apply: [trim, squash] }
  email: { from: email, apply: [trim, lower] }
  phone: { from: phone, apply: [{ phone: { region: country } }] }
  country: country
  street: street
  city: city
  postal_code: postal_code
  status: { from: status, codes: { A: active, I: inactive, P: prospect } }
  credit_limit: credit_limit
  tax_no: tax_no
  founded_on: { from: founded_on, apply: [{ date: { format: yyyy-MM-dd } }] }
  updated_at: { from: updated_at, apply: [datetime] }
check:
  - { field: email, email: true, else: reject }
`;

if (process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const [rows = '200000', out = 'customers.csv', seed = '1'] = process.argv.slice(2);
  const began = performance.now();
  const made = generateCustomers({ rows: Number(rows), seed: Number(seed), out });
  process.stdout.write(`${JSON.stringify({ ...made, seconds: (performance.now() - began) / 1000 })}\n`);
}
