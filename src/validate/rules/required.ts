import { z } from 'zod';

import { isEmpty } from '../../domain/values.ts';
import { parseArgs, requireField, type RuleKind } from './rule.ts';

const schema = z.literal(true, { error: 'expected true' });

export const required: RuleKind = {
  kind: 'required',
  summary:
    'The field must have a value. With `else: warn` or `drop_field`, a value that could not be read is a warning too.',
  examples: [
    { args: true, input: 'Acme' },
    { args: true, input: null, error: 'is required' },
    { args: true, input: [], error: 'is required' },
    { args: true, type: 'boolean', input: false },
  ],
  compile: (args, setting) => {
    parseArgs(schema, args);
    const { name } = requireField(setting);
    return { reads: new Set([name]), run: (fields) => (isEmpty(fields[name]) ? { message: 'is required' } : null) };
  },
};
