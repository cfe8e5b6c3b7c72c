import { z } from 'zod';

import { within } from '../../expressions/invalid.ts';
import { compileReplacer, MAX_TEXT_LENGTH } from '../../expressions/pattern.ts';
import { parseArgs, type TransformFunction } from './function.ts';

const schema = z.strictObject(
  {
    pattern: z.string({ error: 'expected a pattern' }).min(1, { error: 'expected a pattern' }),
    with: z.union([z.string(), z.number()], { error: 'expected a text' }).transform(String),
  },
  { error: 'expected a pattern and a text, such as { pattern: "[^0-9]", with: "" }' },
);

export const replace: TransformFunction = {
  name: 'replace',
  summary:
    'Puts `with` in place of whatever the regular expression finds; $1 or $<name> stands for a group, $& for all of it, $$ for a dollar. No look-around or back-references; at most 200 characters, on texts of at most 10,000. `(?i)` in front ignores case.',
  takes: 'text',
  parse: (args) => {
    const parsed = parseArgs('replace', schema, args);
    const run = within(['pattern'], () => compileReplacer(parsed.pattern, parsed.with));
    const error = `is too long to search: over ${MAX_TEXT_LENGTH} characters, or too many places to try`;
    return (text) => {
      const made = run(text);
      return made === 'too_long' ? { error } : { value: made.text };
    };
  },
  examples: [
    { args: { pattern: '[^0-9]', with: '' }, input: 'No. 12-34', output: '1234' },
    { args: { pattern: '^(\\d{4})(\\d{2})(\\d{2})$', with: '$1-$2-$3' }, input: '20210208', output: '2021-02-08' },
    { args: { pattern: '(?<n>\\d+)号楼', with: 'Building $<n>' }, input: '3号楼', output: 'Building 3' },
    { args: { pattern: '(?i)\\s*gmbh$', with: ' GmbH' }, input: 'Muster GMBH', output: 'Muster GmbH' },
    { args: { pattern: '\\D', with: '' }, input: 'none', output: '' },
    {
      args: { pattern: 'a', with: '' },
      input: 'a'.repeat(10_001),
      error: 'is too long to search: over 10000 characters, or too many places to try',
    },
  ],
};
