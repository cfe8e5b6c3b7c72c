// Writes the example company's files: the exports of ERP, HR and OA, and the CRM. No clock, no chance: the same
// generator always writes the same bytes. Run it with `node dist/examples/company/generate.js [FOLDER]`.

import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeContacts, writeContacts } from './generator/contacts.ts';
import { accountRows, contactRows, orderRows, ownerRows } from './generator/crm-rows.ts';
import { writeCrm } from './generator/crm-sql.ts';
import { writeCustomers } from './generator/customer-cases.ts';
import { makeCustomers } from './generator/customers.ts';
import { makeEmployees, writeEmployees } from './generator/employees.ts';
import { encodeGb18030 } from './generator/gb18030.ts';
import { makeOrders, writeOrders } from './generator/orders.ts';

/** All files by their path inside the example's folder. */
export function generateFiles(): ReadonlyMap<string, Uint8Array> {
  const utf8 = new TextEncoder();
  const employees = makeEmployees();
  const customers = makeCustomers();
  const contacts = makeContacts(customers);
  const orders = makeOrders(customers);
  const crm = writeCrm({
    owner: ownerRows(employees),
    account: accountRows(customers),
    contact: contactRows(contacts, customers),
    sales_order: orderRows(orders),
  });
  return new Map([
    ['exports/erp/customers-2026-11.xml', utf8.encode(writeCustomers(customers))],
    ['exports/erp/orders-2026-11.csv', utf8.encode(writeOrders(orders))],
    ['exports/hr/employees.json', utf8.encode(writeEmployees(employees))],
    ['exports/oa/通讯录.csv', encodeGb18030(writeContacts(contacts))],
    ['crm.sql', utf8.encode(crm)],
  ]);
}

/** Writes the files into a folder, over what is there, and returns their paths. */
export function writeExample(folder: string): string[] {
  return [...generateFiles()].map(([name, bytes]) => {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, bytes);
    return path;
  });
}

/** The example's folder in the repository, also when this runs from `dist`. */
export function exampleFolder(): string {
  const here = dirname(fileURLToPath(import.meta.url));
  return existsSync(join(here, 'tributary.yaml')) ? here : resolve(here, '../../../examples/company');
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const folder = resolve(process.argv[2] ?? exampleFolder());
  for (const path of writeExample(folder)) process.stdout.write(`${path}\n`);
}
