import { z } from 'zod';

import { canonicalise } from '../../domain/field-types.ts';
import { invalid } from '../../expressions/invalid.ts';
import { checkValue, parseArgs, requireField, scalar, type RuleField, type RuleKind } from './rule.ts';

const SHOWN = 10;
const schema = z.array(scalar, { error: 'expected a list of values' }).min(1, { error: 'expected at least one value' });

export const oneOf: RuleKind = {
  kind: 'one_of',
  summary: 'The value must be one of the list, compared as values of the field’s type.',
  examples: [
    { args: ['active', 'inactive'], input: 'active' },
    { args: ['active', 'inactive'], input: 'Active', error: 'is not one of active, inactive' },
    { args: [1, 2.5], type: 'decimal', input: '2.5' },
    { args: [1, 2.5], type: 'decimal', input: '3', error: 'is not one of 1, 2.5' },
  ],
  compile: (args, setting) => {
    const field = requireField(setting);
    const values = parseArgs(schema, args).map((text, index) => readValue(field, text, index));
    const allowed: ReadonlySet<string | boolean> = new Set(values);
    const shown = `${values.slice(0, SHOWN).join(', ')}${values.length > SHOWN ? ', …' : ''}`;
    return checkValue(field, (value) => (allowed.has(value) ? null : `is not one of ${shown}`));
  },
};

function readValue({ type }: RuleField, text: string, index: number): string | boolean {
  const made = canonicalise(type, text);
  if (!made.ok) throw invalid(`\`${text}\` ${made.message}`, [index]);
  if (made.value === null || typeof made.value === 'object') throw invalid(`\`${text}\` is no value`, [index]);
  return made.value;
}
