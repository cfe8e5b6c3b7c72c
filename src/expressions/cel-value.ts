// Results of CEL expressions as canonical values.

import { UnsignedInt } from '@marcbachmann/cel-js/evaluator';

import type { Value } from '../domain/values.ts';

/** The value is undefined where an optional has none: the field is absent. */
export type CelResult =
  { readonly ok: true; readonly value: Value | undefined } | { readonly ok: false; readonly message: string };

type Converted = { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly message: string };

/**
 * Numbers become decimal text with every digit written out, timestamps ISO 8601 in UTC; text, booleans and null stay;
 * lists are taken item by item. Maps, bytes, durations and types are no values of a field.
 */
export function toValue(result: unknown): Converted {
  if (result === null || typeof result === 'string' || typeof result === 'boolean') return { ok: true, value: result };
  if (typeof result === 'bigint' || result instanceof UnsignedInt) return { ok: true, value: String(result) };
  if (typeof result === 'number') return fromDouble(result);
  if (result instanceof Date) return { ok: true, value: result.toISOString() };
  if (Array.isArray(result)) return fromList(result);
  return { ok: false, message: 'the expression gives neither text, number, boolean, null nor a list of them' };
}

/** Any value of an expression as JSON, numbers as numbers. Throws for what JSON cannot say. */
export function toJsonText(value: unknown): string {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(toJsonText).join(',')}]`;
  const scalar = toValue(value);
  if (scalar.ok) return value instanceof Date ? JSON.stringify(scalar.value) : String(scalar.value);
  const entries = value instanceof Map ? [...value] : isPlain(value) ? Object.entries(value) : null;
  if (entries === null)
    throw new TypeError('to_json() takes text, numbers, true or false, null, lists and maps of them');
  return `{${entries.map(([name, inner]) => `${JSON.stringify(String(name))}:${toJsonText(inner)}`).join(',')}}`;
}

function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}

function fromList(list: readonly unknown[]): Converted {
  const values: Value[] = [];
  for (const item of list) {
    const made = toValue(item);
    if (!made.ok) return made;
    values.push(made.value);
  }
  return { ok: true, value: values };
}

function fromDouble(number: number): Converted {
  if (!Number.isFinite(number)) return { ok: false, message: `the expression gives ${number}, which is not a number` };
  return { ok: true, value: plainDigits(String(number)) };
}

/** `1.5e-7` as `0.00000015`: canonical decimals have no exponent. */
function plainDigits(text: string): string {
  const parts = /^(-?)(\d+)(?:\.(\d+))?e([+-]\d+)$/.exec(text);
  if (parts === null) return text === '-0' ? '0' : text;
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = parts;
  const digits = whole + fraction;
  const point = whole.length + Number(exponent);
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`;
  return `${sign}${digits.padEnd(point, '0').slice(0, point)}${digits.length > point ? `.${digits.slice(point)}` : ''}`;
}
