import { z } from 'zod';

import { invalid } from '../../expressions/invalid.ts';
import { checkValue, parseArgs, requireField, type RuleKind } from './rule.ts';

const count = z.int({ error: 'expected a whole number' }).min(0, { error: 'expected a number that is not negative' });
const schema = z.strictObject({ min: count.optional(), max: count.optional() });

export const length: RuleKind = {
  kind: 'length',
  summary: 'The text must have at least `min` and at most `max` characters (code points: 😀 is one).',
  examples: [
    { args: { min: 2, max: 4 }, input: '王小明' },
    { args: { min: 2, max: 4 }, input: '😀', error: 'has 1 characters; expected at least 2' },
    { args: { max: 4 }, input: 'too long', error: 'has 8 characters; expected at most 4' },
    { args: { max: 4 }, input: ['ok', 'not ok'], error: 'has 6 characters; expected at most 4' },
  ],
  compile: (args, setting) => {
    const { min, max } = parseArgs(schema, args);
    if (min === undefined && max === undefined) throw invalid('expected min, max or both; found neither');
    if (min !== undefined && max !== undefined && min > max) throw invalid(`expected min ≤ max; found ${min} > ${max}`);
    return checkValue(requireField(setting), (value) => {
      const characters = countCodePoints(String(value));
      if (min !== undefined && characters < min) return `has ${characters} characters; expected at least ${min}`;
      return max !== undefined && characters > max ? `has ${characters} characters; expected at most ${max}` : null;
    });
  },
};

function countCodePoints(text: string): number {
  let points = text.length;
  for (let at = 0; at < text.length - 1; at += 1) {
    // A pair of surrogates is one code point; codePointAt reads the pair at its first half.
    if ((text.codePointAt(at) ?? 0) > 0xffff) points -= 1;
  }
  return points;
}
