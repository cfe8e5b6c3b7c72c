// The project of the measurement: customers that exist already, and change by events.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Pool } from '../../src/postgres/client.ts';

export const STREAM = { system: 'erp', stream: 'customers' } as const;
/** The system's key, of which the project knows the digest. */
export const KEY = 'bench-key';
/** Told by the CRM when rows have become visible; the payload lists customers by number. */
export const VISIBLE = 'crm_visible';

const TRIBUTARY = `project: bench-events
connections:
  erp: { kind: file, path: ./exports }
  crm: { kind: postgres, url: "\${env:CRM_URL}", schema: crm }
systems:
  erp:
    authentication: { kind: api_key, keys: ['sha256:b0962662e937d44c699c8305d90cbf190b3150c59b13863d1380b5cc3c711bb7'], id: X-Event-Id }
    rate: 10000
    waiting: 1000000
receiver: { port: 17373 }
objects:
  account:
    destination: crm
    fields:
      external_id: { type: text, strong: true, required: true }
      name: { type: text, required: true }
      email: { type: email }
      phone: { type: phone }
      city: { type: text }
      credit_limit: { type: decimal }
    gate: { first_run: auto }
`;

const SYNC = `sync: customers
from: { connection: erp, stream: "customers-*.ndjson", key: id, version: rev }
to: account
map:
  external_id: id
  name: { from: name, apply: [trim, squash] }
  email: { from: email, apply: [trim, lower] }
  phone: { from: phone, apply: [{ phone: { region: DE } }] }
  city: city
  credit_limit: { from: credit_limit, apply: [{ decimal: {} }] }
check:
  - { cel: "size(name) > 1", message: name too short }
when: { events: true }
`;

/** As the source says it; revision 1 is in the export, revision 2 comes as an event. */
export function customer(n: number, rev: number): Readonly<Record<string, string | number>> {
  return {
    id: `C-${n}`,
    rev,
    name: `Customer ${n} of revision ${rev}`,
    email: `customer${n}@example.com`,
    phone: `+49 30 ${String(1_000_000 + n)}`,
    city: rev === 1 ? 'Berlin' : 'Hamburg',
    credit_limit: `${(n % 90) + 10}000.00`,
  };
}

export function writeProject(dir: string, customers: number): void {
  mkdirSync(join(dir, 'syncs'));
  mkdirSync(join(dir, 'exports'));
  writeFileSync(join(dir, 'tributary.yaml'), TRIBUTARY);
  writeFileSync(join(dir, 'syncs/customers.yaml'), SYNC);
  const lines = Array.from({ length: customers }, (_, n) => `${JSON.stringify(customer(n, 1))}\n`);
  writeFileSync(join(dir, 'exports/customers-1.ndjson'), lines.join(''));
}

/** Each write counts itself, and says so when it is committed. */
export async function prepareCrm(crm: Pool): Promise<void> {
  await crm.query(`create schema crm;
    create table crm.account (id bigint generated always as identity primary key, external_id text unique, name text,
      email text, phone text, city text, credit_limit numeric, writes integer not null default 0);
    create function crm.count_write() returns trigger language plpgsql as
      $$ begin new.writes := case tg_op when 'INSERT' then 1 else old.writes + 1 end; return new; end $$;
    create trigger count_write before insert or update on crm.account for each row execute function crm.count_write();`);
}

/** Only now: the first load has no use for it. */
export async function tellVisible(crm: Pool): Promise<void> {
  await crm.query(`create function crm.tell() returns trigger language plpgsql as
      $$ begin
        perform pg_notify('${VISIBLE}', list) from (
          select string_agg(substr(external_id, 3), ',') as list
          from (select external_id, row_number() over () / 500 as part from now_rows) r group by part) l;
        return null;
      end $$;
    create trigger tell_insert after insert on crm.account referencing new table as now_rows
      for each statement execute function crm.tell();
    create trigger tell_update after update on crm.account referencing new table as now_rows
      for each statement execute function crm.tell();
    create table crm.direct (external_id text primary key, name text, email text, phone text, city text, credit_limit numeric);
    create trigger tell_insert after insert on crm.direct referencing new table as now_rows
      for each statement execute function crm.tell()`);
}
