// OA's contacts: the address book of the sales offices, partly the same people as ERP's contact persons.

import { applyCases, type Case, type Duplicate, fullWidth, idsOf, replacing, withDuplicates } from './cases.ts';
import { csvLine } from './csv.ts';
import { CUSTOMER_CASES } from './customer-cases.ts';
import type { Customer } from './customers.ts';
import { personName } from './names.ts';
import { makePhone, type Phone } from './places.ts';
import { createRandom, itemAt, range } from './random.ts';

export interface OaContact {
  readonly number: number;
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly phone: Phone;
  readonly customer: Customer;
  readonly title: string;
  /** `2026-11-03 09:15`, in Shanghai. */
  readonly updatedAt: string;
}

interface RawContact {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly phone: string;
  readonly customerId: string;
  readonly title: string;
  readonly updatedAt: string;
}

export const CONTACT_COUNT = 300;
/** OA-20001 to OA-20060 are ERP's contact persons of C-10001 to C-10060, with the same e-mail. */
export const SHARED_PEOPLE = 60;

const TITLES = ['采购经理', '财务主管', '总经理助理', '仓库主任', '销售代表', '工程师'];
const HEADER = ['编号', '姓名', '邮箱', '手机', '客户编号', '职务', '更新时间'];

export const OA_CASES: readonly Case<RawContact>[] = [
  {
    kind: 'bad_email',
    outcome: 'quarantined',
    ids: ['OA-20152', 'OA-20187', 'OA-20231', 'OA-20279'],
    spoil: replacing('email', ['没有邮箱', 'li.hua#example.com', '@example.net', 'wang lin@example.org']),
  },
  {
    kind: 'missing_name',
    outcome: 'quarantined',
    ids: ['OA-20165', 'OA-20204', 'OA-20290'],
    spoil: replacing('name', ['', '　', '']),
  },
  {
    kind: 'bad_phone',
    outcome: 'quarantined',
    ids: ['OA-20173', 'OA-20218', 'OA-20262'],
    spoil: replacing('phone', ['无', '分机 8012', '1390']),
  },
  {
    kind: 'unknown_customer',
    outcome: 'waiting',
    ids: ['OA-20195', 'OA-20240', 'OA-20285'],
    spoil: replacing('customerId', ['C-19998', 'C-19999', 'C-1O123']),
  },
  { kind: 'quarantined_customer', outcome: 'waiting', ids: ['OA-20210'], spoil: replacing('customerId', ['C-10187']) },
  {
    kind: 'full_width_phone',
    outcome: 'accepted',
    ids: ['OA-20008', 'OA-20147', 'OA-20160', 'OA-20190', 'OA-20223', 'OA-20271'],
    spoil: (record) => ({ ...record, phone: fullWidth(record.phone) }),
  },
  {
    kind: 'stray_white_space',
    outcome: 'accepted',
    ids: ['OA-20015', 'OA-20158', 'OA-20201', 'OA-20266'],
    spoil: (record) => ({ ...record, name: `　${record.name} `, customerId: ` ${record.customerId}` }),
  },
  {
    kind: 'upper_case_email',
    outcome: 'accepted',
    ids: ['OA-20022', 'OA-20149', 'OA-20205', 'OA-20288'],
    spoil: (record) => ({ ...record, email: record.email.toUpperCase() }),
  },
  {
    kind: 'four_byte_characters',
    outcome: 'accepted',
    ids: ['OA-20150', 'OA-20199', 'OA-20270'],
    spoil: replacing('name', ['𠮷田示例', '王㛃例', '李𬭎例']),
  },
];

export const OA_DUPLICATES: readonly Duplicate<RawContact>[] = [
  { kind: 'duplicate_same_version', ids: ['OA-20155', 'OA-20226'], copy: (record) => record, before: false },
  {
    kind: 'duplicate_older_version',
    ids: ['OA-20181', 'OA-20255'],
    copy: (record) => ({ ...record, title: '实习生', updatedAt: '2025-02-10 09:00' }),
    before: false,
  },
];

/** As OA would have them without mistakes. */
export function makeContacts(customers: readonly Customer[]): OaContact[] {
  const unusable = new Set(idsOf(CUSTOMER_CASES, 'quarantined', 'waiting', 'review'));
  const usable = customers.filter((customer) => !unusable.has(customer.id));
  const taken = new Set(customers.map((customer) => customer.contact.email));
  return range(1, CONTACT_COUNT).map((number) => {
    const shared = number <= SHARED_PEOPLE ? customers[number - 1] : undefined;
    return shared === undefined ? makeContact(number, { usable, taken }) : makeSharedContact(number, shared);
  });
}

/** The text of 通讯录.csv, before it is encoded. */
export function writeContacts(contacts: readonly OaContact[]): string {
  const spoiled = contacts.map((contact) => applyCases(OA_CASES, contact.id, toRaw(contact)));
  const records = withDuplicates(spoiled, OA_DUPLICATES, (record) => record.id);
  const rows = records.map((record) => [
    record.id,
    record.name,
    record.email,
    record.phone,
    record.customerId,
    record.title,
    record.updatedAt,
  ]);
  return [HEADER, ...rows].map(csvLine).join('');
}

function makeSharedContact(number: number, customer: Customer): OaContact {
  const random = createRandom(`oa:${number}`);
  const { contact } = customer;
  // Every other one has a mobile here where ERP has the switchboard.
  const phone = number % 2 === 0 ? contact.phone : makePhone(customer.country, random);
  return {
    number,
    id: contactId(number),
    name: contact.person.local,
    email: contact.email,
    phone,
    customer,
    title: itemAt(TITLES, number),
    updatedAt: `2026-${number <= 30 ? '11' : '09'}-${twoDigits(random.int(1, 14))} ${twoDigits(random.int(8, 18))}:${random.int(10, 59)}`,
  };
}

function makeContact(number: number, pool: { usable: readonly Customer[]; taken: Set<string> }): OaContact {
  const random = createRandom(`oa:${number}`);
  // OA-20061 to OA-20130 are in the CRM already, so their accounts are too: the first 140 customers.
  const customer = itemAt(pool.usable, random.int(0, number <= 130 ? 139 : pool.usable.length - 1));
  const person = personName(customer.country, random);
  const domain = customer.email.replace(/^.*@/, '');
  const plain = `${person.mail}@${domain}`;
  const email = pool.taken.has(plain) ? `${person.mail}${number}@${domain}` : plain;
  pool.taken.add(email);
  return {
    number,
    id: contactId(number),
    name: person.local,
    email,
    phone: makePhone(customer.country, random),
    customer,
    title: itemAt(TITLES, random.int(0, 5)),
    updatedAt: `2026-${twoDigits(random.int(8, 11))}-${twoDigits(random.int(1, 14))} ${twoDigits(random.int(8, 18))}:${random.int(10, 59)}`,
  };
}

function toRaw(contact: OaContact): RawContact {
  const { country } = contact.customer;
  const abroad = country !== 'CN' && !contact.phone.text.startsWith('+');
  return {
    id: contact.id,
    name: contact.name,
    email: contact.email,
    // OA's phones are read as Chinese ones, so foreign ones carry their prefix.
    phone: abroad ? contact.phone.e164 : contact.phone.text,
    customerId: contact.customer.id,
    title: contact.title,
    updatedAt: contact.updatedAt,
  };
}

function contactId(number: number): string {
  return `OA-${20_000 + number}`;
}

function twoDigits(number: number): string {
  return String(number).padStart(2, '0');
}
