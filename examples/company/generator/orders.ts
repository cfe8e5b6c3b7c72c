// ERP's orders of the year, as CSV.

import { applyCases, type Case, type Duplicate, fullWidth, idsOf, replacing, withDuplicates } from './cases.ts';
import { csvLine } from './csv.ts';
import { CUSTOMER_CASES } from './customer-cases.ts';
import { type Customer, formatAmount } from './customers.ts';
import { COUNTRIES } from './places.ts';
import { createRandom, itemAt, range } from './random.ts';

export interface Order {
  readonly number: number;
  readonly orderNo: string;
  readonly customer: Customer;
  readonly orderedOn: string;
  /** In hundredths. */
  readonly amount: number;
  readonly currency: string;
  readonly status: 'O' | 'S' | 'I' | 'X';
  readonly updatedAt: string;
  readonly remark: string;
}

interface RawOrder {
  readonly orderNo: string;
  readonly customerId: string;
  readonly orderDate: string;
  readonly amount: string;
  readonly currency: string;
  readonly status: string;
  readonly updatedAt: string;
  readonly remark: string;
  /** Written as it is, without quotes: a comma in it makes the row one cell too long. */
  readonly ragged?: boolean;
}

export const ORDER_COUNT = 600;

const HEADER = ['order_no', 'customer_no', 'order_date', 'amount', 'currency', 'status', 'updated_at', 'remark'];
const REMARKS = [
  'Deliver to gate 3, ring twice',
  'Partial delivery, rest in December\nCall before 10:00',
  'Customer said "urgent"',
  '发票另寄，\n请注意',
  'Fragile',
];

export const ORDER_CASES: readonly Case<RawOrder>[] = [
  {
    kind: 'bad_amount',
    outcome: 'quarantined',
    ids: ['SO-30101', 'SO-30222', 'SO-30345'],
    spoil: replacing('amount', ['1.234,56', '12O.50', 'n/a']),
  },
  { kind: 'negative_amount', outcome: 'quarantined', ids: ['SO-30487'], spoil: replacing('amount', ['-450.00']) },
  {
    kind: 'bad_date',
    outcome: 'quarantined',
    ids: ['SO-30064', 'SO-30177', 'SO-30260', 'SO-30533'],
    spoil: replacing('orderDate', ['31.02.2026', '2026-13-05', 'as agreed', '2026-02-30']),
  },
  {
    kind: 'unknown_status',
    outcome: 'quarantined',
    ids: ['SO-30088', 'SO-30310', 'SO-30402'],
    spoil: replacing('status', ['?', 'OPENED', '9']),
  },
  {
    kind: 'unknown_currency',
    outcome: 'quarantined',
    ids: ['SO-30145', 'SO-30456'],
    spoil: replacing('currency', ['EURO', '¥']),
  },
  {
    kind: 'missing_customer',
    outcome: 'quarantined',
    ids: ['SO-30199', 'SO-30571'],
    spoil: replacing('customerId', ['']),
  },
  {
    kind: 'ragged_row',
    outcome: 'quarantined',
    ids: ['SO-30377'],
    spoil: (record) => ({ ...record, remark: 'left at reception, ask for Ms Holm', ragged: true }),
  },
  {
    kind: 'unknown_customer',
    outcome: 'waiting',
    ids: ['SO-30133', 'SO-30244', 'SO-30366', 'SO-30588'],
    spoil: replacing('customerId', ['C-19001', 'C-19002', 'C-19001', 'C10004']),
  },
  {
    kind: 'waiting_customer',
    outcome: 'waiting',
    ids: ['SO-30270', 'SO-30415'],
    spoil: replacing('customerId', ['C-10183', 'C-10229']),
  },
  {
    kind: 'quarantined_customer',
    outcome: 'waiting',
    ids: ['SO-30158', 'SO-30509'],
    spoil: replacing('customerId', ['C-10187', 'C-10206']),
  },
  {
    kind: 'full_width_amount',
    outcome: 'accepted',
    ids: ['SO-30070', 'SO-30190', 'SO-30333', 'SO-30520'],
    spoil: (record) => ({ ...record, amount: fullWidth(record.amount) }),
  },
  {
    kind: 'stray_white_space',
    outcome: 'accepted',
    ids: ['SO-30077', 'SO-30210', 'SO-30398', 'SO-30541'],
    spoil: (record) => ({ ...record, customerId: ` ${record.customerId} `, status: `${record.status} ` }),
  },
  {
    kind: 'lower_case_currency',
    outcome: 'accepted',
    ids: ['SO-30115', 'SO-30288', 'SO-30470'],
    spoil: (record) => ({ ...record, currency: record.currency.toLowerCase() }),
  },
];

export const ORDER_DUPLICATES: readonly Duplicate<RawOrder>[] = [
  { kind: 'duplicate_same_version', ids: ['SO-30150', 'SO-30430'], copy: (record) => record, before: false },
  {
    kind: 'duplicate_older_version',
    ids: ['SO-30205', 'SO-30390'],
    copy: (record) => ({ ...record, status: 'O', amount: '1.00', updatedAt: '2025-12-30T07:00:00Z' }),
    before: false,
  },
];

/** As ERP would have them without mistakes. SO-30001 to SO-30030 are in the CRM already, and so are their accounts. */
export function makeOrders(customers: readonly Customer[]): Order[] {
  const unusable = new Set(idsOf(CUSTOMER_CASES, 'quarantined', 'waiting', 'review'));
  const usable = customers.filter((customer) => !unusable.has(customer.id));
  return range(1, ORDER_COUNT).map((number) => makeOrder(number, number <= 30 ? usable.slice(0, 140) : usable));
}

export function writeOrders(orders: readonly Order[]): string {
  const spoiled = orders.map((order) => applyCases(ORDER_CASES, order.orderNo, toRaw(order)));
  const records = withDuplicates(spoiled, ORDER_DUPLICATES, (record) => record.orderNo);
  return csvLine(HEADER) + records.map(orderLine).join('');
}

function makeOrder(number: number, customers: readonly Customer[]): Order {
  const random = createRandom(`order:${number}`);
  const customer = itemAt(customers, random.int(0, customers.length - 1));
  const month = random.int(1, 10);
  return {
    number,
    orderNo: `SO-${30_000 + number}`,
    customer,
    orderedOn: `2026-${twoDigits(month)}-${twoDigits(random.int(1, 28))}`,
    amount: random.int(50, 90_000) * 100 + random.pick([0, 50, 99]),
    currency: COUNTRIES[customer.country].currency,
    status: random.pick(['O', 'S', 'I', 'I', 'I', 'X']),
    updatedAt: `2026-${twoDigits(month + 1)}-${twoDigits(random.int(1, 14))}T${twoDigits(random.int(6, 18))}:${random.int(10, 59)}:00Z`,
    remark: number > 30 && random.chance(0.25) ? random.pick(REMARKS) : '',
  };
}

function toRaw(order: Order): RawOrder {
  return {
    orderNo: order.orderNo,
    customerId: order.customer.id,
    orderDate: order.number % 15 === 0 ? order.orderedOn.replace(/-0?/g, '/') : order.orderedOn,
    amount: formatAmount(order.amount),
    currency: order.currency,
    status: order.status,
    updatedAt: order.updatedAt,
    remark: order.remark,
  };
}

function orderLine(record: RawOrder): string {
  const cells = [
    record.orderNo,
    record.customerId,
    record.orderDate,
    record.amount,
    record.currency,
    record.status,
    record.updatedAt,
  ];
  if (record.ragged === true) return csvLine(cells).replace(/\r\n$/, `,${record.remark}\r\n`);
  return csvLine([...cells, record.remark]);
}

function twoDigits(number: number): string {
  return String(number).padStart(2, '0');
}
