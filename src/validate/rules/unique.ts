import { z } from 'zod';

import { parseArgs, requireField, type RuleKind } from './rule.ts';

const schema = z.literal(true, { error: 'expected true' });

export const unique: RuleKind = {
  kind: 'unique',
  summary:
    'No other record of the read may have the same value, compared as match keys are (e-mail without case, telephone numbers by their digits). Decided when all records are read; records that have not changed since an earlier run count too. All records that the run read anew and that share a value fail, since nobody knows which of them is right. `drop_field` and `fix` would come too late.',
  decidedBySeal: true,
  examples: [{ args: true, input: 'info@acme.com' }],
  compile: (args, setting) => {
    parseArgs(schema, args);
    const { name } = requireField(setting);
    return { reads: new Set([name]), run: () => null };
  },
};
