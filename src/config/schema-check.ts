// The syntax of one rule under `check`.

import { z } from 'zod';

import type { RuleName } from '../domain/definition.ts';
import { anyText, plainName, someText } from './scalars.ts';
import { stepSchema } from './schema-apply.ts';

const count = z.int().min(0);
const allowed = z.union([anyText, z.boolean()], { error: 'expected text, a number, true or false' });

const KINDS = [
  ...(['required', 'length', 'range', 'date_range', 'pattern', 'one_of'] as const),
  ...(['email', 'phone', 'url', 'checksum', 'unique', 'cel'] as const),
] as const satisfies readonly RuleName[];

const level = z.enum(['warn', 'drop_field', 'reject', 'reject_batch']);
const moment = z.union([anyText, z.strictObject({ field: plainName.describe('The field that sets the limit.') })], {
  error: 'expected a date, now, or another field such as { field: signed_on }',
});

export const checkSchema = z
  .strictObject({
    field: plainName.optional().describe('The field that is checked. Every kind but `cel` needs it.'),
    required: z.literal(true).optional().describe('The field must have a value.'),
    length: z
      .strictObject({
        min: count.optional().describe('The fewest characters.'),
        max: count.optional().describe('The most characters.'),
      })
      .optional()
      .describe('How many characters the value may have.'),
    range: z
      .strictObject({
        min: anyText.optional().describe('The smallest value.'),
        max: anyText.optional().describe('The largest value.'),
      })
      .optional()
      .describe('Between which values the value must lie, both included.'),
    date_range: z
      .strictObject({
        min: moment.optional().describe('The earliest: a date, a date-time, `now`, or another field.'),
        max: moment.optional().describe('The latest: a date, a date-time, `now`, or another field.'),
      })
      .optional()
      .describe('Between which times the value must lie, both included.'),
    pattern: someText.optional().describe('A regular expression that the value must match.'),
    one_of: z
      .array(allowed)
      .min(1, { error: 'expected at least one value' })
      .optional()
      .describe('The values that are allowed.'),
    email: z
      .union([z.literal(true), z.literal('strict')])
      .optional()
      .describe('The value must be an e-mail address; `strict` refuses rare forms too.'),
    phone: z
      .union([z.literal(true), z.enum(['mobile', 'landline'])])
      .optional()
      .describe('The value must be a telephone number that can exist, in the form +861012345678; or one of that kind.'),
    url: z
      .union([z.literal(true), z.literal('https')])
      .optional()
      .describe('The value must be a web address with https:// or http://; `https` refuses http://.'),
    checksum: z
      .enum(['uscc', 'resident_id', 'iban', 'luhn', 'ean13'])
      .optional()
      .describe('The kind of number whose check digit must be right.'),
    unique: z.literal(true).optional().describe('No other record of the read may have the same value.'),
    cel: someText.optional().describe('An expression in CEL over the fields; it must be true.'),
    else: z
      .union([
        level,
        z.strictObject({
          fix: z
            .array(stepSchema)
            .min(1, { error: 'expected at least one function' })
            .describe('Functions that mend the value. Where the rule then holds, that is a warning.'),
          otherwise: level.default('reject').describe('What happens where they do not.'),
        }),
      ])
      .default('reject')
      .describe(
        'What happens when the rule is not met: a warning, the field is left out, the record or its whole batch is rejected; or the value is mended.',
      ),
    message: someText.optional().describe('What to tell a person. Default: a sentence made from the rule.'),
  })
  .superRefine((rule, context) => {
    const given = KINDS.filter((kind) => rule[kind] !== undefined);
    const add = (path: string[], message: string): void => context.addIssue({ code: 'custom', path, message });
    if (given.length === 0) add([], `expected one of ${KINDS.join(', ')}; found none`);
    if (given.length > 1) add([given[1] ?? ''], `expected one kind in each rule; found ${given.join(' and ')}`);
    if (rule.field === undefined && given[0] !== undefined && given[0] !== 'cel') add(['field'], '`field` is required');
    const otherwise = typeof rule.else === 'object' ? rule.else.otherwise : rule.else;
    if (rule.field === undefined && otherwise === 'drop_field') add(['else'], '`drop_field` needs a `field`');
    if (rule.field === undefined && typeof rule.else === 'object') add(['else'], '`fix` needs a `field`');
    for (const kind of ['length', 'range', 'date_range'] as const) {
      const limits = rule[kind];
      if (limits !== undefined && limits.min === undefined && limits.max === undefined) {
        add([kind], 'expected min, max or both; found neither');
      }
    }
    const { min, max } = rule.length ?? {};
    if (min !== undefined && max !== undefined && min > max)
      add(['length'], `expected min ≤ max; found ${min} > ${max}`);
  })
  .describe('A rule of exactly one kind.');

export type CheckInput = z.output<typeof checkSchema>;
export { KINDS as CHECK_KINDS };
