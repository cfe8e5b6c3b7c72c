// ERP's customers, each with its contact person.

import { type CompanyName, companyName, mailDomain, personName, type PersonName } from './names.ts';
import { COUNTRIES, countryOf, type CountryCode, makePhone, type Phone } from './places.ts';
import { createRandom, itemAt, type Random, range } from './random.ts';

export interface ContactPerson {
  readonly person: PersonName;
  readonly name: string;
  readonly email: string;
  readonly phone: Phone;
  readonly title: string | null;
}

export interface Customer {
  readonly number: number;
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly phone: Phone;
  readonly street: string;
  readonly city: string;
  readonly postalCode: string;
  readonly country: CountryCode;
  readonly status: 'A' | 'I' | 'P';
  /** In hundredths. */
  readonly creditLimit: number;
  readonly manager: string;
  readonly remark: string | null;
  readonly updatedAt: string;
  readonly contact: ContactPerson;
}

export const CUSTOMER_COUNT = 400;
/** Their names are not used by ERP: companies that only the CRM knows. */
export const CRM_ONLY_COMPANIES = 26;

const TITLES = ['Head of Purchasing', 'Buyer', 'Plant Manager', 'Finance Director', 'Office Manager'];
const REMARKS = ['Delivers on Tuesdays only', 'Pays by bank transfer', 'Wants invoices on paper', '需要提前一天预约'];

export function customerId(number: number): string {
  return `C-${10_000 + number}`;
}

/** As ERP would have them without mistakes; the dirt comes with `customer-cases.ts`. */
export function makeCustomers(): Customer[] {
  return range(1, CUSTOMER_COUNT).map((number) => makeCustomer(number));
}

/** A customer of any number; those above `CUSTOMER_COUNT` are not in ERP's export. */
export function makeCustomer(number: number): Customer {
  const random = createRandom(`customer:${number}`);
  const country = countryOf(number);
  const company = companyName(number, country);
  const domain = mailDomain(company.slug, number);
  const place = random.pick(COUNTRIES[country].places);
  return {
    number,
    id: customerId(number),
    name: company.name,
    email: `${country === 'DE' ? 'kontakt' : 'info'}@${domain}`,
    phone: makePhone(country, random),
    street: makeStreet(country, random),
    city: place.city,
    postalCode: place.postalCode,
    country,
    status: random.chance(0.12) ? 'P' : random.chance(0.08) ? 'I' : 'A',
    creditLimit: random.int(1, 500) * (random.chance(0.3) ? 100_000 : 5050),
    // Whoever looks after a customer that the CRM has is in the CRM too (E-0001 is kept for those that differ).
    manager: `E-${String(random.int(2, number <= 170 ? 23 : 30)).padStart(4, '0')}`,
    remark: number % 8 === 0 || hasContestedNotes(number) ? random.pick(REMARKS) : null,
    updatedAt: updatedAt(number, random),
    contact: makeContact(company, number),
  };
}

/** C-10125 to C-10130: ERP and the CRM both have notes, and they differ. */
export function hasContestedNotes(number: number): boolean {
  return number >= 125 && number <= 130;
}

export function formatAmount(hundredths: number): string {
  const whole = String(Math.floor(hundredths / 100)).replace(/\B(?=(\d{3})+$)/g, ',');
  return `${whole}.${String(hundredths % 100).padStart(2, '0')}`;
}

function makeContact(company: CompanyName, number: number): ContactPerson {
  const random = createRandom(`erp-contact:${number}`);
  const country = countryOf(number);
  const person = personName(country, random);
  return {
    person,
    name: `${person.given} ${person.family}`,
    email: `${person.mail}@${mailDomain(company.slug, number)}`,
    phone: makePhone(country, random),
    title: number % 5 < 2 ? itemAt(TITLES, random.int(0, 4)) : null,
  };
}

function makeStreet(country: CountryCode, random: Random): string {
  const street = random.pick(COUNTRIES[country].streets);
  const number = random.int(1, 180);
  if (country === 'CN') return `${street}${number}号`;
  return country === 'DE' || country === 'SE' ? `${street} ${number}` : `${number} ${street}`;
}

/**
 * C-10001 to C-10030 are older than what OA says of the same person, C-10031 to C-10060 newer: by days, so that no
 * reading of a time zone changes the order.
 */
function updatedAt(number: number, random: Random): string {
  const month = number <= 30 ? '09' : number <= 60 ? '11' : random.pick(['09', '10', '11']);
  const day = String(random.int(1, 13)).padStart(2, '0');
  return `2026-${month}-${day}T${String(random.int(6, 18)).padStart(2, '0')}:${random.int(10, 59)}:00Z`;
}
