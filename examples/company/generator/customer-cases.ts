// ERP's customers as exported: the XML, and what is wrong in it.

import { applyCases, type Case, type Duplicate, fullWidth, replacing, withDuplicates } from './cases.ts';
import { type Customer, formatAmount } from './customers.ts';

/** The texts of one `<customer>`. Null: the element is missing. */
export interface RawCustomer {
  readonly id: string;
  readonly name: string | null;
  readonly email: string | null;
  readonly phone: string | null;
  readonly street: string;
  readonly city: string;
  readonly postalCode: string;
  readonly country: string;
  readonly status: string | null;
  readonly creditLimit: string | null;
  readonly manager: string | null;
  readonly remark: string | null;
  readonly updatedAt: string;
  readonly contact: boolean;
  readonly contactName: string | null;
  readonly contactEmail: string | null;
  readonly contactPhone: string | null;
  readonly contactTitle: string | null;
}

type CustomerCase = Case<RawCustomer>;

/** What `erp-customers` makes of it. */
export const CUSTOMER_CASES: readonly CustomerCase[] = [
  {
    kind: 'bad_email',
    outcome: 'quarantined',
    ids: ['C-10187', 'C-10228', 'C-10243', 'C-10288'],
    spoil: replacing('email', ['sales(at)example.com', 'info@', 'no e-mail', 'office@@example.com']),
  },
  {
    kind: 'missing_name',
    outcome: 'quarantined',
    ids: ['C-10181', 'C-10222', 'C-10305'],
    spoil: replacing('name', ['', null, '  \t ']),
  },
  {
    kind: 'unknown_status',
    outcome: 'quarantined',
    ids: ['C-10194', 'C-10249', 'C-10333'],
    spoil: replacing('status', ['X', 'active', 'ZZ']),
  },
  {
    kind: 'bad_amount',
    outcome: 'quarantined',
    ids: ['C-10206', 'C-10277', 'C-10350'],
    spoil: replacing('creditLimit', ['12.500,00', 'on request', '1O,000.00']),
  },
  {
    kind: 'bad_phone',
    outcome: 'quarantined',
    ids: ['C-10191', 'C-10311', 'C-10377'],
    spoil: replacing('phone', ['ask the reception', '12345', '+999 12 345678']),
  },
  {
    kind: 'unknown_owner',
    outcome: 'waiting',
    ids: ['C-10183', 'C-10290', 'C-10322'],
    spoil: replacing('manager', ['E-0099', 'E-0099', 'E-0777']),
  },
  {
    kind: 'quarantined_owner',
    outcome: 'waiting',
    ids: ['C-10229', 'C-10344'],
    spoil: replacing('manager', ['E-0031']),
  },
  {
    kind: 'shared_email',
    outcome: 'review',
    ids: ['C-10216', 'C-10365'],
    spoil: replacing('email', ['einkauf@group.example.com', 'purchasing@holding.example.org']),
  },
  {
    kind: 'shared_email_first',
    outcome: 'accepted',
    ids: ['C-10215', 'C-10340'],
    spoil: replacing('email', ['einkauf@group.example.com', 'purchasing@holding.example.org']),
  },
  { kind: 'two_crm_accounts', outcome: 'review', ids: ['C-10171', 'C-10172'], spoil: (record) => record },
  {
    kind: 'full_width_phone',
    outcome: 'accepted',
    ids: ['C-10012', 'C-10055', 'C-10240', 'C-10302'],
    spoil: (record) => ({ ...record, phone: fullWidth(record.phone ?? '') }),
  },
  {
    kind: 'stray_white_space',
    outcome: 'accepted',
    ids: ['C-10009', 'C-10047', 'C-10203', 'C-10262', 'C-10318'],
    spoil: (record) => ({
      ...record,
      name: `  ${(record.name ?? '').replaceAll(' ', '   ')}\n  `,
      email: ` ${record.email ?? ''} `,
    }),
  },
  {
    kind: 'upper_case_email',
    outcome: 'accepted',
    ids: ['C-10021', 'C-10077', 'C-10209', 'C-10254', 'C-10399'],
    spoil: (record) => ({ ...record, email: (record.email ?? '').toUpperCase() }),
  },
  {
    kind: 'full_width_email',
    outcome: 'accepted',
    ids: ['C-10033', 'C-10271'],
    spoil: (record) => ({ ...record, email: fullWidth(record.email ?? '') }),
  },
];

/** What `erp-contacts` makes of the same file. */
export const ERP_CONTACT_CASES: readonly CustomerCase[] = [
  {
    kind: 'no_contact',
    outcome: 'quarantined',
    ids: ['C-10201', 'C-10235', 'C-10297', 'C-10381'],
    spoil: (record) => ({ ...record, contact: false }),
  },
  {
    kind: 'missing_name',
    outcome: 'quarantined',
    ids: ['C-10218', 'C-10356'],
    spoil: replacing('contactName', ['', null]),
  },
  {
    kind: 'bad_phone',
    outcome: 'quarantined',
    ids: ['C-10252', 'C-10328'],
    spoil: replacing('contactPhone', ['unknown', '0000']),
  },
  {
    kind: 'bad_email',
    outcome: 'dropped',
    ids: ['C-10233', 'C-10269', 'C-10370'],
    spoil: replacing('contactEmail', ['-', 'see customer', 'name at example']),
  },
];

export const CUSTOMER_DUPLICATES: readonly Duplicate<RawCustomer>[] = [
  { kind: 'duplicate_same_version', ids: ['C-10225', 'C-10310'], copy: (record) => record, before: false },
  {
    kind: 'duplicate_same_version',
    ids: ['C-10266'],
    copy: (record) => ({ ...record, city: 'Somewhere Else' }),
    before: true,
  },
  { kind: 'duplicate_older_version', ids: ['C-10212', 'C-10258'], copy: olderCopy, before: false },
  { kind: 'duplicate_older_version', ids: ['C-10301'], copy: olderCopy, before: true },
];

export function writeCustomers(customers: readonly Customer[]): string {
  const raw = customers.map((customer) => {
    const spoiled = applyCases(CUSTOMER_CASES, customer.id, toRaw(customer));
    return applyCases(ERP_CONTACT_CASES, customer.id, spoiled);
  });
  const records = withDuplicates(raw, CUSTOMER_DUPLICATES, (record) => record.id);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<!-- Customers of Example Trading (made up). Written by ERP on 2026-11-15. -->',
    '<export system="erp" created="2026-11-15T22:00:00Z">',
    '  <customers>',
    ...records.map(customerElement),
    '  </customers>',
    '</export>',
    '',
  ].join('\n');
}

function olderCopy(record: RawCustomer): RawCustomer {
  return { ...record, city: 'Old Town', creditLimit: '1.00', updatedAt: '2025-03-01T08:00:00Z' };
}

function toRaw(customer: Customer): RawCustomer {
  const { contact } = customer;
  return {
    id: customer.id,
    name: customer.name,
    email: customer.email,
    phone: customer.phone.text,
    street: customer.street,
    city: customer.city,
    postalCode: customer.postalCode,
    country: customer.country,
    status: customer.status,
    creditLimit: formatAmount(customer.creditLimit),
    manager: customer.manager,
    remark: customer.remark,
    updatedAt: customer.updatedAt,
    contact: true,
    contactName: contact.name,
    contactEmail: contact.email,
    contactPhone: contact.phone.text,
    contactTitle: contact.title,
  };
}

function customerElement(record: RawCustomer): string {
  const address = ['street', 'city', 'postal_code', 'country'];
  const values = [record.street, record.city, record.postalCode, record.country];
  return lines([
    `    <customer id="${record.id}">`,
    element('name', record.name),
    element('email', record.email),
    element('phone', record.phone),
    `      <address>${address.map((tag, index) => `<${tag}>${escape(values[index] ?? '')}</${tag}>`).join('')}</address>`,
    element('status', record.status),
    element('credit_limit', record.creditLimit),
    element('account_manager', record.manager),
    element('remark', record.remark),
    element('updated_at', record.updatedAt),
    record.contact ? contactElement(record) : null,
    '    </customer>',
  ]);
}

function contactElement(record: RawCustomer): string {
  return lines([
    '      <contact>',
    element('name', record.contactName, 8),
    element('email', record.contactEmail, 8),
    element('phone', record.contactPhone, 8),
    element('title', record.contactTitle, 8),
    '      </contact>',
  ]);
}

/** Names with `&` take turns: an entity, CDATA. Some umlauts are character references. */
function element(tag: string, text: string | null, indent = 6): string | null {
  if (text === null) return null;
  const space = ' '.repeat(indent);
  if (text === '') return `${space}<${tag}/>`;
  const inCdata = tag === 'name' && text.includes('&') && text.length % 2 === 0;
  return `${space}<${tag}>${inCdata ? `<![CDATA[${text}]]>` : escape(text)}</${tag}>`;
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('Å', '&#xC5;');
}

function lines(parts: readonly (string | null)[]): string {
  return parts.filter((part) => part !== null).join('\n');
}
