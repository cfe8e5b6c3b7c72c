import { z } from 'zod';

import type { FieldType } from '../../domain/definition.ts';
import { canonicalise, compareValues } from '../../domain/field-types.ts';
import { invalid } from '../../expressions/invalid.ts';
import { checkValue, parseArgs, requireField, scalar, type RuleKind } from './rule.ts';

const ORDERED: ReadonlySet<FieldType> = new Set(['integer', 'decimal', 'date', 'datetime']);
const schema = z.strictObject({ min: scalar.optional(), max: scalar.optional() });

export const range: RuleKind = {
  kind: 'range',
  summary:
    'The number, date or date-time must lie between `min` and `max`, both included. Numbers are compared exactly.',
  examples: [
    { args: { min: 0, max: 1000 }, type: 'decimal', input: '999.99' },
    { args: { min: 0 }, type: 'decimal', input: '-0.01', error: 'is below 0' },
    { args: { max: 1000 }, type: 'decimal', input: '1000.00000000000000000001', error: 'is above 1000' },
    { args: { min: '2000-01-01' }, type: 'date', input: '1999-12-31', error: 'is below 2000-01-01' },
  ],
  compile: (args, setting) => {
    const { min, max } = parseArgs(schema, args);
    const field = requireField(setting);
    if (!ORDERED.has(field.type))
      throw invalid(`range needs a number, date or datetime; \`${field.name}\` is ${field.type}`);
    if (min === undefined && max === undefined) throw invalid('expected min, max or both; found neither');
    const least = min === undefined ? null : readBound(field.type, 'min', min);
    const most = max === undefined ? null : readBound(field.type, 'max', max);
    if (least !== null && most !== null && isBelow(field.type, most, least))
      throw invalid(`expected min ≤ max; found ${least} > ${most}`);
    return checkValue(field, (value) => {
      const text = String(value);
      if (least !== null && isBelow(field.type, text, least)) return `is below ${least}`;
      return most !== null && isBelow(field.type, most, text) ? `is above ${most}` : null;
    });
  },
};

/** A limit in the form in which the field's values are compared. */
function readBound(type: FieldType, name: string, text: string): string {
  const made = canonicalise(type, text);
  if (!made.ok || typeof made.value !== 'string')
    throw invalid(`\`${text}\` ${made.ok ? 'is no value' : made.message}`, [name]);
  return made.value;
}

function isBelow(type: FieldType, a: string, b: string): boolean {
  return type === 'integer' || type === 'decimal' ? compareValues(type, a, b) < 0 : a < b;
}
