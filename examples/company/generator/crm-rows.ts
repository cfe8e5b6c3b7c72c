// The records that the CRM has before the first run: which it shares with the sources, and where they differ.

import type { OaContact } from './contacts.ts';
import { CRM_ONLY_COMPANIES, CUSTOMER_COUNT, type Customer, makeCustomer } from './customers.ts';
import type { Employee } from './employees.ts';
import { personName } from './names.ts';
import { makePhone } from './places.ts';
import type { Order } from './orders.ts';
import { createRandom, itemAt, range } from './random.ts';

export type Row = Readonly<Record<string, string | number | boolean | null>>;

/** How a block of CRM records relates to the sources; `to` is the last number of the block. */
interface Block {
  readonly to: number;
  readonly differ: (row: Row, number: number) => Row;
}

const STATUS = { A: 'active', I: 'inactive', P: 'prospect' } as const;
const ORDER_STATUS = { O: 'open', S: 'shipped', I: 'invoiced', X: 'cancelled' } as const;
const CRM_NOTES = ['Met at the fair, wants a catalogue', 'Careful: reorganising', 'Prefers phone calls in the morning'];
const INDUSTRIES = ['manufacturing', 'trade', 'services', null];

/** C-10001 … C-10170, in this order. README names the blocks. */
export const ACCOUNT_BLOCKS: readonly Block[] = [
  { to: 90, differ: (row) => row },
  { to: 98, differ: (row, number) => ({ ...row, phone: `+49 30 23125 9${number}` }) },
  { to: 106, differ: (row, number) => ({ ...row, phone: number % 4 === 0 ? '' : null }) },
  { to: 116, differ: (row) => ({ ...row, city: 'Formerly Elsewhere', street: 'Old Road 1' }) },
  { to: 124, differ: (row) => ({ ...row, credit_limit: 7500, tier: 'standard' }) },
  { to: 130, differ: (row, number) => ({ ...row, notes: itemAt(CRM_NOTES, number) }) },
  { to: 134, differ: (row) => ({ ...row, name: `${String(row['name'])} (old name)` }) },
  { to: 138, differ: (row) => ({ ...row, owner_id: 1 }) },
  { to: 140, differ: (row) => ({ ...row, status: row['status'] === 'inactive' ? 'active' : 'inactive' }) },
  { to: 146, differ: (row) => ({ ...row, external_id: null, email: String(row['email']).toUpperCase() }) },
  { to: 170, differ: (row) => ({ ...row, external_id: null, phone: null, owner_id: null, credit_limit: null }) },
];

/** Each of them stands twice in the CRM, under the same e-mail: which is meant, a person must say. */
const TWICE = [171, 172];

export function ownerRows(employees: readonly Employee[]): Row[] {
  const known = employees.slice(0, 23).map((employee, index) => {
    const number = index + 1;
    const row = {
      id: number,
      employee_no: number > 20 ? null : employee.employeeNo,
      full_name: `${employee.given} ${employee.family ?? ''}`,
      email: employee.email,
      phone: employee.phoneE164,
      active: employee.active,
      team: itemAt(['North', 'South', 'Key accounts'], index),
    };
    if (number >= 15 && number <= 17) return { ...row, phone: null };
    return number >= 18 && number <= 20 ? { ...row, full_name: `${employee.given} Formerly` } : row;
  });
  const only = { phone: null, active: true, team: 'Back office' };
  return [
    ...known,
    { id: 24, employee_no: null, full_name: 'Sales Queue', email: 'sales-queue@example.com', ...only },
    { id: 25, employee_no: 'E-0900', full_name: 'Ottilie Former', email: 'ottilie.former@example.com', ...only },
  ];
}

export function accountRows(customers: readonly Customer[]): Row[] {
  const shared = customers.slice(0, 170).map((customer) => {
    const block = ACCOUNT_BLOCKS.find((one) => customer.number <= one.to);
    return block === undefined ? accountRow(customer) : block.differ(accountRow(customer), customer.number);
  });
  const twice = TWICE.flatMap((number): Row[] => {
    const customer = customers[number - 1];
    if (customer === undefined) return [];
    const row = { ...accountRow(customer), external_id: null };
    return [row, { ...row, name: `${customer.name} - copy`, city: null, street: null }];
  });
  const own = range(1, CRM_ONLY_COMPANIES).map((number) => {
    const row = accountRow(makeCustomer(CUSTOMER_COUNT + number));
    return { ...row, external_id: number <= 8 ? `C-0900${number}` : null, notes: itemAt(CRM_NOTES, number) };
  });
  return [...shared, ...twice, ...own].map((row, index) => ({ id: index + 1, ...row }));
}

export function contactRows(contacts: readonly OaContact[], customers: readonly Customer[]): Row[] {
  const byNumber = contacts.slice(60, 130).map(sharedContactRow);
  const byEmail = contacts.slice(130, 145).map((contact) => ({
    ...contactRow(contact),
    external_id: null,
    account_id: null,
    phone: null,
  }));
  const fromErp = customers.slice(60, 70).map((customer) => ({
    external_id: null,
    account_id: customer.number,
    name: customer.contact.name,
    email: customer.contact.email,
    phone: null,
    title: null,
    verified_at: null,
    newsletter: true,
    notes: 'Added by hand',
  }));
  const own = range(1, 25).map(ownContactRow);
  return [...byNumber, ...byEmail, ...fromErp, ...own].map((row, index) => ({ id: index + 1, ...row }));
}

export function orderRows(orders: readonly Order[]): Row[] {
  return orders.slice(0, 30).map((order, index) => ({
    id: index + 1,
    order_no: order.orderNo,
    account_id: order.customer.number,
    ordered_on: order.orderedOn,
    amount: order.amount / 100,
    currency: order.currency,
    status: index < 20 ? ORDER_STATUS[order.status] : order.status === 'O' ? 'cancelled' : 'open',
    remark: null,
  }));
}

/** Row for row what a run would write, so that nothing is left to do. */
function accountRow(customer: Customer): Row {
  return {
    external_id: customer.id,
    name: customer.name,
    email: customer.email,
    phone: customer.phone.e164,
    street: customer.street,
    city: customer.city,
    postal_code: customer.postalCode,
    country: customer.country,
    status: STATUS[customer.status],
    credit_limit: customer.creditLimit / 100,
    tier: customer.creditLimit >= 10_000_000 ? 'key' : 'standard',
    owner_id: ownerId(customer.manager),
    notes: customer.remark,
    industry: itemAt(INDUSTRIES, customer.number),
  };
}

/** E-0001 to E-0023 have the ids 1 to 23; later ones are not in the CRM yet. */
function ownerId(manager: string): number | null {
  const number = Number(manager.slice(2));
  return number <= 23 ? number : null;
}

function contactRow(contact: OaContact): Row {
  return {
    external_id: contact.id,
    account_id: contact.customer.number,
    name: contact.name,
    email: contact.email,
    phone: contact.phone.e164,
    title: contact.title,
    verified_at: `${contact.updatedAt}:00+08:00`,
    newsletter: contact.number % 3 === 0,
    notes: null,
  };
}

/** OA-20061 to 100: equal; to 110: another title; to 120: no phone; to 130: another phone. */
function sharedContactRow(contact: OaContact): Row {
  const row = contactRow(contact);
  if (contact.number <= 100) return row;
  if (contact.number <= 110) return { ...row, title: '实习生' };
  return { ...row, phone: contact.number <= 120 ? null : `+86 21 5555 0${contact.number}` };
}

function ownContactRow(number: number): Row {
  const random = createRandom(`crm-contact:${number}`);
  const person = personName(number % 2 === 0 ? 'CN' : 'GB', random);
  return {
    external_id: null,
    account_id: 174 + number,
    name: person.local,
    email: `${person.mail}.${number}@freelance.example.org`,
    phone: makePhone(number % 2 === 0 ? 'CN' : 'GB', random).e164,
    title: random.pick(['Consultant', 'Former buyer', null]),
    verified_at: null,
    newsletter: true,
    notes: itemAt(CRM_NOTES, number),
  };
}
