// The types of canonical fields: how a value is made canonical, compared, and turned into a match key.

import type { FieldType } from './definition.ts';
import { canonicalJsonText } from './json-text.ts';
import type { Value } from './values.ts';

export type Canonicalised =
  { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly message: string };

const DECIMAL = /^[+-]?(\d+(\.\d*)?|\.\d+)$/;
const INTEGER = /^[+-]?\d+$/;
const DATE = /^(\d{4})-(\d{2})-(\d{2})$/;
const DATETIME = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?\s?(Z|[+-]\d{2}(:?\d{2})?)$/;

const ISO_LENGTH = '2000-01-01T00:00:00.000Z'.length;

const CANONICALISERS: Readonly<Record<FieldType, (text: string) => Canonicalised>> = {
  text: ok,
  email: ok,
  phone: ok,
  reference: ok,
  json: (text) => {
    const made = canonicalJsonText(text);
    return made === null ? no('is not JSON') : ok(made);
  },
  integer: (text) => (INTEGER.test(text) ? ok(plainInteger(text)) : no('is not a whole number')),
  decimal: (text) => (DECIMAL.test(text) ? ok(plainDecimal(text)) : no('is not a decimal number')),
  boolean: (text) => {
    const lower = text.toLowerCase();
    if (lower === 'true' || lower === 't') return { ok: true, value: true };
    return lower === 'false' || lower === 'f' ? { ok: true, value: false } : no('is neither true nor false');
  },
  date: (text) => (isDate(text) ? ok(text) : no('is not a date (YYYY-MM-DD)')),
  datetime: (text) => {
    const ms = DATETIME.test(text) && isDate(text.slice(0, 10)) ? Date.parse(isoOffset(text)) : Number.NaN;
    const made = Number.isNaN(ms) ? '' : new Date(ms).toISOString();
    // A zone may carry the first or last day of four-digit years beyond them: such a text would not be canonical.
    return made.length === ISO_LENGTH ? ok(made) : no('is not a date-time with a zone (ISO 8601)');
  },
};

/**
 * The canonical form of a value of a type: what is stored in claims and bases, and what is compared.
 * Decimals lose leading and trailing zeros, date-times become UTC with milliseconds, lists are taken item by item (as
 * JSON they are one value).
 * Null stays null.
 */
export function canonicalise(type: FieldType, value: Value): Canonicalised {
  if (value === null) return { ok: true, value };
  if (typeof value === 'object')
    return type === 'json' ? CANONICALISERS.json(JSON.stringify(value)) : canonicaliseList(type, value);
  if (typeof value === 'boolean') return type === 'boolean' ? { ok: true, value } : CANONICALISERS[type](String(value));
  return CANONICALISERS[type](value);
}

/** Total order of canonical values of a type: numbers by size, other texts by code unit, lists and nulls as JSON. */
export function compareValues(type: FieldType, a: Value, b: Value): number {
  if (typeof a === 'string' && typeof b === 'string')
    return type === 'decimal' || type === 'integer' ? compareDecimals(a, b) : order(a, b);
  return order(JSON.stringify(a), JSON.stringify(b));
}

/** The form in which two values of a match key are the same; null when there is nothing to match by. */
export function matchKey(type: FieldType, value: Value | undefined): string | null {
  if (typeof value !== 'string') return null;
  const text = value.normalize('NFKC').trim();
  if (text === '') return null;
  if (type === 'email') return text.toLowerCase();
  if (type !== 'phone') return text;
  const digits = text.replace(/\D/g, '');
  return digits.length < 6 ? null : digits;
}

function canonicaliseList(type: FieldType, list: readonly Value[]): Canonicalised {
  const values: Value[] = [];
  for (const item of list) {
    const made = canonicalise(type, item);
    if (!made.ok) return made;
    values.push(made.value);
  }
  return { ok: true, value: values };
}

function plainInteger(text: string): string {
  const digits = text.replace(/^[+-]/, '').replace(/^0+(?=\d)/, '');
  return text.startsWith('-') && digits !== '0' ? `-${digits}` : digits;
}

function plainDecimal(text: string): string {
  const [whole = '', fraction = ''] = text.replace(/^[+-]/, '').split('.');
  const digits = whole.replace(/^0+(?=\d)/, '') || '0';
  const rest = fraction.replace(/0+$/, '');
  const plain = rest === '' ? digits : `${digits}.${rest}`;
  return text.startsWith('-') && plain !== '0' ? `-${plain}` : plain;
}

/** Exact comparison of canonical decimals of any length. */
function compareDecimals(a: string, b: string): number {
  const negative = a.startsWith('-');
  if (negative !== b.startsWith('-')) return negative ? -1 : 1;
  const [left = '', leftFraction = ''] = a.replace('-', '').split('.');
  const [right = '', rightFraction = ''] = b.replace('-', '').split('.');
  const bySize = left.length - right.length || order(left, right) || order(leftFraction, rightFraction);
  return negative ? -bySize : bySize;
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function isDate(text: string): boolean {
  const parts = DATE.exec(text);
  if (parts === null) return false;
  const date = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.getUTCDate() === Number(parts[3]);
}

/** PostgreSQL writes `+08`; Date.parse wants `T` and `+08:00`. */
function isoOffset(text: string): string {
  return text
    .replace(' ', 'T')
    .replace(/\s/, '')
    .replace(/([+-]\d{2})(\d{2})?$/, (_all, hours: string, minutes?: string) => `${hours}:${minutes ?? '00'}`);
}

function ok(value: string): Canonicalised {
  return { ok: true, value };
}

function no(message: string): Canonicalised {
  return { ok: false, message };
}
