// HR's employees, who become the CRM's account owners.

import { applyCases, type Case, type Duplicate, replacing, withDuplicates } from './cases.ts';
import { personName } from './names.ts';
import { makePhone } from './places.ts';
import { createRandom, range } from './random.ts';

export interface Employee {
  readonly employeeNo: string;
  readonly given: string;
  readonly family: string | null;
  readonly email: string;
  readonly phone: string;
  readonly phoneE164: string;
  readonly active: boolean;
  readonly updatedAt: string;
}

export const EMPLOYEE_COUNT = 40;
const INACTIVE = new Set([12, 29, 38]);

export const EMPLOYEE_CASES: readonly Case<Employee>[] = [
  { kind: 'bad_email', outcome: 'quarantined', ids: ['E-0031'], spoil: replacing('email', ['not yet assigned']) },
  { kind: 'missing_name', outcome: 'quarantined', ids: ['E-0036'], spoil: replacing('family', [null]) },
  {
    kind: 'upper_case_email',
    outcome: 'accepted',
    ids: ['E-0005', 'E-0033'],
    spoil: (record) => ({ ...record, email: record.email.toUpperCase() }),
  },
];

export const EMPLOYEE_DUPLICATES: readonly Duplicate<Employee>[] = [
  {
    kind: 'duplicate_older_version',
    ids: ['E-0027'],
    copy: (record) => ({ ...record, active: false, updatedAt: '2024-01-15T09:00:00+08:00' }),
    before: false,
  },
];

/** As HR would have them without mistakes. */
export function makeEmployees(): Employee[] {
  const taken = new Set<string>();
  return range(1, EMPLOYEE_COUNT).map((number) => makeEmployee(number, taken));
}

/** As HR exports them. */
export function writeEmployees(employees: readonly Employee[]): string {
  const spoiled = employees.map((one) => applyCases(EMPLOYEE_CASES, one.employeeNo, one));
  const exported = withDuplicates(spoiled, EMPLOYEE_DUPLICATES, (one) => one.employeeNo);
  const document = {
    company: 'Example Trading (示例贸易)',
    exported_at: '2026-11-16T06:00:00+08:00',
    data: { employees: exported.map(toJson) },
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

function makeEmployee(number: number, taken: Set<string>): Employee {
  const random = createRandom(`employee:${number}`);
  const person = personName(number % 2 === 0 ? 'CN' : 'DE', random);
  const phone = makePhone('CN', random);
  const mail = taken.has(person.mail) ? `${person.mail}${number}` : person.mail;
  taken.add(mail);
  return {
    employeeNo: `E-${String(number).padStart(4, '0')}`,
    given: person.given,
    family: person.family,
    email: `${mail}@example.com`,
    phone: phone.text,
    phoneE164: phone.e164,
    active: !INACTIVE.has(number),
    updatedAt: `2026-10-${String(random.int(1, 28)).padStart(2, '0')}T09:${random.int(10, 59)}:00+08:00`,
  };
}

function toJson(employee: Employee): object {
  const { given, family } = employee;
  return {
    employee_no: employee.employeeNo,
    name: family === null ? { given } : { given, family },
    contact: { email: employee.email, phone: employee.phone },
    active: employee.active,
    updated_at: employee.updatedAt,
  };
}
