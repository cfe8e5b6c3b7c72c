// What kind of value a text looks like. Coarse on purpose: only a change from one kind to another says something.

import type { SourceValue } from '../domain/values.ts';

export type Kind = 'integer' | 'decimal' | 'boolean' | 'date' | 'text' | 'list' | 'object';

const DIGIT_FIRST = /^[+-]?\d/;
const INTEGER = /^[+-]?\d{1,18}$/;
const DATE = /^\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}|^\d{1,2}[-/.]\d{1,2}[-/.]\d{4}/;
const DECIMAL = /^[+-]?\d[\d.,' ]{0,30}(?:[eE][+-]?\d{1,3})?$/;
const BOOLEAN = /^(?:true|false|yes|no|是|否)$/i;

export function kindOf(value: Exclude<SourceValue, null>): Kind {
  if (typeof value === 'boolean') return 'boolean';
  if (typeof value !== 'string') return Array.isArray(value) ? 'list' : 'object';
  const text = value.length > 40 ? value.slice(0, 41) : value;
  if (!DIGIT_FIRST.test(text)) return BOOLEAN.test(text) ? 'boolean' : 'text';
  if (INTEGER.test(text)) return 'integer';
  if (DATE.test(text)) return 'date';
  return DECIMAL.test(text) ? 'decimal' : 'text';
}
