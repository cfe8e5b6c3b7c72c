import { z } from 'zod';

import { compilePattern, MAX_TEXT_LENGTH } from '../../expressions/pattern.ts';
import { checkValue, parseArgs, requireField, type RuleKind } from './rule.ts';

const schema = z.string({ error: 'expected a pattern' }).min(1, { error: 'expected a pattern' });

export const pattern: RuleKind = {
  kind: 'pattern',
  summary:
    'The text must match the regular expression, anywhere unless it is anchored with ^ and $. No look-around or back-references; at most 200 characters, on texts of at most 10,000.',
  examples: [
    { args: '^SO-\\d{4}$', input: 'SO-1234' },
    { args: '^SO-\\d{4}$', input: 'SO-12345', error: 'does not match the pattern ^SO-\\d{4}$' },
    { args: '\\p{Han}', input: 'Acme 上海' },
    { args: '(?i)^(a|b)$', input: 'B' },
    { args: '^(a+)+$', input: `${'a'.repeat(100)}!`, error: 'does not match the pattern ^(a+)+$' },
  ],
  compile: (args, setting) => {
    const source = parseArgs(schema, args);
    const matches = compilePattern(source);
    return checkValue(requireField(setting), (value) => {
      const found = matches(String(value));
      if (found === 'too_long') return `is longer than ${MAX_TEXT_LENGTH} characters`;
      return found ? null : `does not match the pattern ${source}`;
    });
  },
};
